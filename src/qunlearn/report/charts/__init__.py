"""The pictures of a report, one file per kind; each is one SVG element with a title and a description."""
