"""What to do when an app cannot start because something is not installed.

The app's own error names what it missed, and not where that comes from.
"""

import re
from pathlib import Path

# What the app has printed -> what to do. The first that is found counts.
ADVICE = (
    # jsii, on which the CDK of Python runs, starts `node`.
    (
        re.compile(r"^FileNotFoundError: .*'node'", re.MULTILINE),
        "the CDK needs Node.js: pip install 'streambda[node]', or install Node.js",
    ),
    # What shells say of a command that is not there.
    (
        re.compile(r"\b(?:node|npx|npm): (?:command )?not found$", re.MULTILINE),
        "install Node.js, or pip install 'streambda[node]'",
    ),
    # The first message of jsii's process: a Node.js that is too old ends before it.
    (
        re.compile(r"^  File .*\bjsii\b.*, in handshake$", re.MULTILINE),
        (
            "the Node.js on PATH cannot run the CDK, expected a newer one: "
            "pip install 'streambda[node]', or install Node.js 22"
        ),
    ),
    (
        re.compile(r"^ModuleNotFoundError: No module named '(aws_cdk|constructs|jsii)'", re.M),
        "pip install 'streambda[cdk]', or activate the virtual environment that has it",
    ),
    (
        re.compile(r"^ModuleNotFoundError: No module named 'streambda\b", re.M),
        "activate the virtual environment that has streambda",
    ),
    # Without esbuild, the CDK bundles TypeScript in a container.
    (
        re.compile(r"Cannot connect to the Docker daemon|spawnSync docker ENOENT"),
        (
            "the CDK wants Docker, which does not run here; NodejsFunction needs only esbuild: "
            "npm install --save-dev esbuild"
        ),
    ),
    # It bundles with the package manager whose lock file it finds.
    *(
        (
            re.compile(rf"spawnSync {name} ENOENT"),
            f"the CDK has found a lock file of {name}: install {name}, or remove that file",
        )
        for name in ("bun", "pnpm", "yarn")
    ),
)

# A command that needs the packages of package.json.
NODE_COMMAND = re.compile(r"\b(?:node|npm|npx|pnpm|ts-node|tsx|yarn)\b")
NPM_ADVICE = "there is a package.json and no node_modules: run `npm install` first"


def advise(command: str, output: str, folder: Path) -> str | None:
    """None where the app's own error is all that is known. `output` is what it has printed."""
    for pattern, text in ADVICE:
        if pattern.search(output):
            return text
    # Packages of a workspace are in its root.
    above = (folder, *folder.absolute().parents)
    has_packages = any((one / "node_modules").exists() for one in above)
    lacks_packages = (folder / "package.json").is_file() and not has_packages
    return NPM_ADVICE if lacks_packages and NODE_COMMAND.search(command) else None
