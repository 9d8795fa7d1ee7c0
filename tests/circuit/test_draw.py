"""Circuits as text and as SVG, and fused programs as a list of steps."""

from xml.etree import ElementTree

import pytest

from qunlearn._errors import InputError
from qunlearn.circuit.circuit import Circuit, Const, Feature, Op, Param
from qunlearn.circuit.draw import fused_text, picture, svg, text
from qunlearn.circuit.fuse import fuse
from qunlearn.circuit.gates import GATES
from qunlearn.model import paper_classifier

SVG = "{http://www.w3.org/2000/svg}"
CIRCUIT = Circuit(
    3,
    (
        Op("H", (0,)),
        Op("RY", (1,), (Feature((0,)),)),
        Op("CX", (0, 2)),
        Op("RZ", (1,), (Feature((0, 1), 2.0, 3.14159265),)),
        Op("SWAP", (2, 1)),
        Op("CRX", (2, 0), (Param(3, -1.0),)),
        Op("U3", (1,), (Const(0.123456), Param(0, 0.5), Feature((2, 2), -1.0))),
        Op("CCX", (2, 0, 1)),
    ),
)


def all_gates():
    """Every gate of the table, on the last wires of three."""
    ops = [
        Op(name, tuple(range(3 - gate.n_wires, 3)), tuple(Param(i) for i in range(gate.n_angles)))
        for name, gate in GATES.items()
    ]
    return Circuit(3, tuple(ops))


def test_text_shows_controls_swaps_angles_and_products():
    assert text(CIRCUIT) == "\n".join(
        [
            "q0: ──H────@───────────────────────────────RX(-θ3)──────────────────────────@─",
            "q1: RY(x0)─│─RZ(2·(x0-3.142)·(x1-3.142))─x────│────U3(0.1235,0.5·θ0,-x2·x2)─X─",
            "q2: ───────X─────────────────────────────x────@─────────────────────────────@─",
        ]
    )


def test_long_circuits_continue_below():
    assert text(CIRCUIT, 36) == "\n".join(
        [
            "q0: ──H────@─",
            "q1: RY(x0)─│─",
            "q2: ───────X─",
            "",
            "q0: ──────────────────────────────",
            "q1: RZ(2·(x0-3.142)·(x1-3.142))─x─",
            "q2: ────────────────────────────x─",
            "",
            "q0: RX(-θ3)─",
            "q1: ───│────",
            "q2: ───@────",
            "",
            "q0: ─────────────────────────@─",
            "q1: U3(0.1235,0.5·θ0,-x2·x2)─X─",
            "q2: ─────────────────────────@─",
        ]
    )


def test_continued_lines_keep_to_the_width():
    drawn = text(paper_classifier().circuit, 80)
    assert max(map(len, drawn.splitlines())) <= 80
    blocks = drawn.split("\n\n")
    assert len(blocks) > 1
    for block in blocks:
        lines = block.splitlines()
        assert len(lines) == 6
        assert len(set(map(len, lines))) == 1


def test_names_of_wires_are_aligned_and_amplitude_encoding_is_shown():
    lines = text(Circuit(11, (Op("CZ", (0, 10)),), amplitude_encoding=True, n_features=3)).splitlines()
    assert lines[0] == " q0: |x⟩─@─"
    assert lines[5] == " q5: |x⟩─│─"
    assert lines[10] == "q10: |x⟩─Z─"


def test_gates_on_other_wires_share_a_column_but_none_crosses_a_vertical_line():
    ops = (Op("X", (0,)), Op("X", (1,)), Op("CX", (0, 2)), Op("Y", (1,)))
    assert text(Circuit(3, ops)) == "q0: X─@───\nq1: X─│─Y─\nq2: ──X───"


@pytest.mark.parametrize("name", sorted(GATES))
def test_every_gate_of_the_table_can_be_drawn(name):
    (op,) = [op for op in all_gates().ops if op.gate == name]
    circuit = Circuit(3, (op,))
    n_controls = GATES[name].n_controls
    base = {"SWAP": "x"}.get(name, name.removeprefix("C" * n_controls))
    label = base + (f"({','.join(f'θ{i}' for i in range(len(op.angles)))})" if op.angles else "")
    lines = text(circuit).splitlines()
    assert label in lines[2]
    assert sum("@" in line for line in lines) == n_controls
    labels = [element.text for element in ElementTree.fromstring(svg(circuit)).iter(f"{SVG}text")]
    assert labels[:3] == ["q0", "q1", "q2"]
    drawn = [] if name in ("SWAP", "CX", "CCX") else [label] * (len(op.wires) - n_controls)
    assert labels[3:] == drawn


def test_a_picture_is_one_deterministic_document_that_says_what_it_shows(tmp_path):
    circuit = all_gates()
    picture(circuit, tmp_path / "a.svg")
    picture(Circuit(3, circuit.ops), str(tmp_path / "b.SVG"))
    first, second = ((tmp_path / name).read_bytes() for name in ("a.svg", "b.SVG"))
    assert first == second == svg(circuit).encode()
    root = ElementTree.fromstring(first)
    assert root.tag == f"{SVG}svg"
    assert root.findtext(f"{SVG}title") == f"Circuit of 3 qubits, {len(GATES)} gates, 3 parameters"
    assert "href" not in first.decode()


@pytest.mark.parametrize(
    "make", [lambda: CIRCUIT, all_gates, lambda: paper_classifier().circuit, lambda: Circuit(2, ())]
)
def test_everything_drawn_lies_inside_the_picture(make):
    root = ElementTree.fromstring(svg(make(), 500))
    width, height = int(root.attrib["width"]), int(root.attrib["height"])
    assert width <= 500
    for group in root.iter(f"{SVG}g"):
        top = int(group.attrib["transform"].removeprefix("translate(0 ").removesuffix(")"))
        for mark in group:
            for key in ("x", "x1", "x2", "cx"):
                assert 0 <= int(mark.attrib.get(key, 0)) + int(mark.attrib.get("width", 0)) <= width
            for key in ("y", "y1", "y2", "cy"):
                assert 0 <= top + int(mark.attrib.get(key, 0)) + int(mark.attrib.get("height", 0)) <= height


def test_a_picture_wider_than_allowed_continues_below():
    narrow, wide = (ElementTree.fromstring(svg(CIRCUIT, width)) for width in (420, 2000))
    assert len(list(wide.iter(f"{SVG}g"))) == 1
    assert len(list(narrow.iter(f"{SVG}g"))) > 1
    gates = [[e.text for e in root.iter(f"{SVG}text") if e.text[0] != "q"] for root in (narrow, wide)]
    assert gates[0] == gates[1]
    assert gates[0][:4] == ["H", "RY(x0)", "RZ(2·(x0-3.142)·(x1-3.142))", "RX(-θ3)"]


def test_trainable_gates_data_gates_and_fixed_gates_have_colours_of_their_own():
    def colours(*ops):
        root = ElementTree.fromstring(svg(Circuit(2, ops)))
        return [box.attrib["fill"] for box in list(root.iter(f"{SVG}rect"))[1:]]

    fixed, trainable, data = colours(
        Op("H", (0,)), Op("RY", (0,), (Param(0),)), Op("RY", (0,), (Feature((0,)),))
    )
    assert len({fixed, trainable, data}) == 3
    assert colours(Op("RY", (0,), (Const(0.5),)), Op("SX", (0,))) == [fixed, fixed]


def test_labels_are_escaped(monkeypatch):
    monkeypatch.setattr("qunlearn.circuit.draw.symbols.angle_text", lambda _: "a<b&c")
    document = svg(Circuit(1, (Op("RY", (0,), (Param(0),)),)))
    assert "RY(a&lt;b&amp;c)" in document
    assert [e.text for e in ElementTree.fromstring(document).iter(f"{SVG}text")] == ["q0", "RY(a<b&c)"]


def test_other_endings_and_missing_folders_are_refused(tmp_path):
    with pytest.raises(InputError) as refusal:
        picture(CIRCUIT, tmp_path / "circuit.png")
    message = "the picture is an SVG file: give a name ending in .svg, not circuit.png"
    assert str(refusal.value) == message
    with pytest.raises(InputError) as refusal:
        picture(CIRCUIT, tmp_path / "none" / "circuit.svg")
    assert str(refusal.value) == f"there is no folder {tmp_path / 'none'} to write circuit.svg to"


def test_fused_text_lists_every_step_with_its_gates():
    ops = (
        Op("H", (0,)),
        Op("RY", (1,), (Feature((0,)),)),
        Op("RX", (0,), (Param(0),)),
        Op("CX", (0, 2)),
        Op("SWAP", (1, 2)),
        Op("CZ", (0, 1)),
        Op("RXX", (0, 1), (Param(1),)),
        Op("RZ", (1,), (Param(2, 0.5),)),
    )
    assert fused_text(fuse(Circuit(3, ops))).splitlines() == [
        "  1  local    q0: H RX(θ0) | q1: RY(x0)",
        "  2  phase    on q0, q2: 1",
        "  3  permute  q1 = q0 ⊕ q2, q2 = q1",
        "  4  dense    RXX(θ1) on q0, q1",
        "  5  phase    on q1: 0.5·θ2",
    ]
    program = fuse(paper_classifier().circuit)
    assert len(fused_text(program).splitlines()) == len(program.steps)
