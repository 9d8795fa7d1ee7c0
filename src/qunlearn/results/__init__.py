"""What a finished run left in its folder, read and checked without a simulator."""
