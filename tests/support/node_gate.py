"""The gate for functions of Node.js: `const { gate } = require("./gate")`, then `await gate()`."""

from pathlib import Path

# The variable GATE is the gate's port.
SOURCE = """
const net = require("node:net");

exports.gate = () =>
  new Promise((resolve, reject) => {
    const socket = net.connect(Number(process.env.GATE), "127.0.0.1");
    socket.once("data", () => { socket.destroy(); resolve(); });
    socket.once("error", reject);
  });
"""


def write_node_code(folder: Path, **sources: str) -> Path:
    """Each source as a CommonJS module of its name, and the gate beside them."""
    folder.mkdir(parents=True)
    for name, source in {"gate": SOURCE, **sources}.items():
        (folder / f"{name}.js").write_text(source)
    return folder
