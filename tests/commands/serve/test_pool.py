"""The queue with workers that are none: who is let in, who is answered, in which order."""

import asyncio

import pytest

from ocr_crnn.commands.serve import pool as module
from ocr_crnn.commands.serve.asked import Limits
from ocr_crnn.commands.serve.pool import Pool, StartError
from ocr_crnn.commands.serve.problems import Problem


class Stub:
    """Answers a task with itself when it is told to go on; one of -1 ends it."""

    failing, go = False, None

    def __init__(self, made_of):
        self.alive, Stub.last = False, self

    async def start(self):
        if Stub.failing:
            raise StartError("A preset is there. Received: none.")
        self.alive = True

    async def read(self, task, page_s, document_s, on_page):
        await Stub.go.acquire()
        if task == -1:
            self.alive = False
            raise Problem(504, "too-long", "It ends. Received: no end. Shorten it.")
        return task

    async def ended(self):
        while self.alive:
            await asyncio.sleep(0)

    async def end(self):
        self.alive = False


def run(scenario, waiting=2, **limits):
    async def main():
        Stub.go, Stub.failing, told = asyncio.Semaphore(0), False, []
        pool = Pool({}, 1, Limits(waiting=waiting, **limits), on_start=told.append)
        try:
            return await scenario(pool, told)
        finally:
            await pool.stop()

    return asyncio.run(main())


@pytest.fixture(autouse=True)
def stub(monkeypatch):
    monkeypatch.setattr(module, "Worker", Stub)


async def settle():
    for _ in range(5):
        await asyncio.sleep(0)


def statuses(outcomes):
    return [outcome.status if isinstance(outcome, Problem) else outcome for outcome in outcomes]


def test_starting_then_first_come_first_read_then_full():
    async def scenario(pool, told):
        with pytest.raises(Problem, match="networks are loaded"):
            pool.admit()
        pool.start()
        await settle()
        asked = []
        for number in range(5):
            asked.append(asyncio.create_task(pool.read(number)))
            await settle()
        assert told == [None] and len(pool.jobs) == 2
        for _ in range(3):
            Stub.go.release()
        return statuses(await asyncio.gather(*asked, return_exceptions=True))

    assert run(scenario) == [0, 1, 2, 429, 429]


def test_who_is_dropped_makes_room_and_is_not_read():
    async def scenario(pool, told):
        pool.start()
        await settle()
        asked = [asyncio.create_task(pool.read(number)) for number in range(3)]
        await settle()
        asked[1].cancel()
        await settle()
        asked.append(asyncio.create_task(pool.read(3)))
        await settle()
        for _ in range(3):
            Stub.go.release()
        outcomes = await asyncio.gather(*asked, return_exceptions=True)
        assert isinstance(outcomes[1], asyncio.CancelledError)
        return [outcomes[number] for number in (0, 2, 3)]

    assert run(scenario) == [0, 2, 3]


def test_a_worker_that_ends_has_a_successor():
    async def scenario(pool, told):
        pool.start()
        await settle()
        asked = [asyncio.create_task(pool.read(number)) for number in (-1, 7)]
        Stub.go.release()
        Stub.go.release()
        return statuses(await asyncio.gather(*asked, return_exceptions=True))

    assert run(scenario) == [504, 7]


def test_a_worker_that_is_killed_while_it_has_nothing_to_do_costs_nobody_an_answer():
    async def scenario(pool, told):
        pool.start()
        await settle()
        asked = []
        for number in range(3):
            Stub.last.alive = False
            if number == 1:
                await settle()
            asked.append(asyncio.create_task(pool.read(number)))
            Stub.go.release()
            await settle()
        return statuses(await asyncio.gather(*asked, return_exceptions=True))

    assert run(scenario) == [0, 1, 2]


def test_draining_reads_what_waits_and_lets_nobody_in():
    async def scenario(pool, told):
        pool.start()
        await settle()
        asked = [asyncio.create_task(pool.read(number)) for number in range(2)]
        await settle()
        pool.drain()
        asked.append(asyncio.create_task(pool.read(2)))
        for _ in range(3):
            Stub.go.release()
        return statuses(await asyncio.gather(*asked, return_exceptions=True))

    assert run(scenario, drain_s=60) == [0, 1, 503]


def test_draining_has_an_end_and_everybody_an_answer():
    async def scenario(pool, told):
        pool.start()
        await settle()
        asked = [asyncio.create_task(pool.read(number)) for number in range(3)]
        await settle()
        pool.drain()
        return statuses(await asyncio.gather(*asked, return_exceptions=True))

    assert run(scenario, drain_s=0) == [503, 503, 503]


def test_networks_that_cannot_be_loaded_are_told():
    async def scenario(pool, told):
        Stub.failing = True
        pool.start()
        await settle()
        with pytest.raises(Problem, match="networks are loaded"):
            await pool.read(1)
        return told

    assert [type(error) for error in run(scenario)] == [StartError]


def test_nobody_waits_for_a_successor_that_does_not_start():
    async def scenario(pool, told):
        pool.start()
        await settle()
        asked = [asyncio.create_task(pool.read(number)) for number in (-1, 7)]
        await settle()
        Stub.failing = True
        Stub.go.release()
        return statuses(await asyncio.gather(*asked, return_exceptions=True))

    assert run(scenario) == [504, 503]
