"""Runs libCacheSim and unreel on the same accesses and compares hits and speed.

usage: compare_libcachesim.py UNREEL TRACE FOLDER

Times are CPU seconds of one thread at its best of three, so that what else the machine does counts
as little as can be: libCacheSim's around its loop in C over the mapped file; unreel's for the whole
program, its start, the reading and the numbering of ids included. To have more than the start of a
program, the trace is repeated with other ids.
"""

import io
import json
import os
import resource
import struct
import subprocess
import sys
import time

import libcachesim
import zstandard

RULES = {"lru": "LRU", "fifo": "FIFO", "sieve": "Sieve", "lfu": "LFU", "belady": "Belady"}
CAPACITIES = (1_000, 10_000, 100_000)
REPEATED = 10
ROUNDS = 3


def accesses(path):
    file = open(path, "rb")
    if path.endswith(".zst"):
        file = io.BufferedReader(zstandard.ZstdDecompressor().stream_reader(file))
    once = [block for line in file for block in json.loads(line)["hash_ids"]]
    span = max(once) + 1
    return [block + again * span for again in range(REPEATED) for block in once]


def write(path, blocks):
    following, last = [-1] * len(blocks), {}
    for at in range(len(blocks) - 1, -1, -1):
        following[at] = last.get(blocks[at], -1)
        last[blocks[at]] = at
    with open(path, "wb") as file:
        for at, block in enumerate(blocks):
            # Time 0 for some, object 0 for none: the format has no use for that number.
            file.write(struct.pack("<IQIq", at // 100, block + 1, 1, following[at]))


def peer(path, rule, capacity, total):
    best = None
    for _ in range(ROUNDS):
        kind = libcachesim.TraceType.ORACLE_GENERAL_TRACE
        reader = libcachesim.TraceReader(trace=path, trace_type=kind)
        cache = getattr(libcachesim, RULES[rule])(cache_size=capacity)
        start = time.process_time()
        missed = cache.process_trace(reader)[0]
        took = time.process_time() - start
        best = took if best is None else min(best, took)
    return best, round((1 - missed) * total)


def ours(unreel, path, rule, capacity):
    best = None
    for _ in range(ROUNDS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        ran = subprocess.run(
            [unreel, "cache-trace", path, "--policy", rule, "--capacity", str(capacity), "--format", "json"],
            check=True,
            capture_output=True,
            env={**os.environ, "RAYON_NUM_THREADS": "1"},
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        took = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        best = took if best is None else min(best, took)
    return best, json.loads(ran.stdout)["traces"][0]["rows"][0]["block_hits"]


def main():
    unreel, trace, folder = sys.argv[1:]
    blocks = accesses(trace)
    path = os.path.join(folder, "compare.oracleGeneral")
    write(path, blocks)
    print(f"{len(blocks):,} accesses, {len(set(blocks)):,} distinct; millions of accesses a CPU second")
    print(f"{'policy':<8} {'capacity':>8} {'hits':>10} {'libCacheSim':>12} {'unreel':>8} {'ratio':>6}")
    differ = 0
    for rule in RULES:
        for capacity in CAPACITIES:
            slow, theirs = peer(path, rule, capacity, len(blocks))
            fast, own = ours(unreel, path, rule, capacity)
            differ += theirs != own
            note = "" if theirs == own else f"  libCacheSim: {theirs:,} hits"
            speeds = f"{len(blocks) / slow / 1e6:>12.2f} {len(blocks) / fast / 1e6:>8.2f} {slow / fast:>6.1f}"
            print(f"{rule:<8} {capacity:>8,} {own:>10,} {speeds}{note}")
    os.remove(path)
    print("the same hits everywhere" if differ == 0 else f"{differ} rows with other hits")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
