"""Starts a Ray cluster of two nodes on this machine and trains a reduced study on it, as `make ray-demo` does.

python examples/two_nodes.py
python examples/two_nodes.py reduce --out DIR
"""

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from inception_keras.cli.running import run_app

OBJECTS = 128 * 2**20  # bytes of each node's object store; Ray's default is a third of the memory


def main(
    study: Annotated[str, typer.Argument(help="A study that `python -m ablations list` shows.")] = "quickstart",
    out: Annotated[Path, typer.Option(help="Folder for the results.")] = Path("build/ray-demo"),
):
    from ray.cluster_utils import Cluster

    node = {"num_cpus": 1, "object_store_memory": OBJECTS}
    cluster = Cluster(initialize_head=True, head_node_args=node)
    try:
        cluster.add_node(**node)
        print(f"a cluster of two nodes at {cluster.address}", flush=True)
        command = [sys.executable, "-m", "ablations", "run", study, "--reduced", "--ray", cluster.address]
        raise typer.Exit(subprocess.run([*command, "--out", str(out)]).returncode)
    finally:
        cluster.shutdown()


if __name__ == "__main__":
    run_app(lambda: typer.run(main))
