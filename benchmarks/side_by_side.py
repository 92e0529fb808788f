"""A contestant on each core at once, each in a process of its own, as `python -m ablations run` trains its trials."""

from concurrent.futures import ThreadPoolExecutor

from ablations.environment import usable_cores
from ablations.runner.resources import resources_per_worker
from benchmarks.cases import Case
from benchmarks.contestants import CONTESTANTS, Task
from benchmarks.process import Process


def prepare(case: Case, setting: str) -> Task:
    """As many networks as there are cores; `setting` is the contestant.

    Raises:
        Failed: A network could not be prepared.
    """
    parts = resources_per_worker(len(usable_cores()) or 1)
    processes = [Process(CONTESTANTS[setting], case, part) for part in parts]
    facts = [process.facts() for process in processes]

    def run(steps: int):
        with ThreadPoolExecutor(len(processes)) as pool:
            list(pool.map(lambda process: process.run(steps), processes))

    counted = [one["macs"] for one in facts]
    return Task(
        run=run,
        params=facts[0]["params"],
        macs=sum(counted) if None not in counted else None,
        images=sum(one["images"] for one in facts),
        device=f"{facts[0]['device']}, {len(facts)} at once",
    )
