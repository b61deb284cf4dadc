"""Runs libCacheSim and unreel on the same accesses and compares hits and speed.

usage: compare_libcachesim.py UNREEL TRACE FOLDER

Times are CPU seconds of one thread at its best of three, so that what else the machine does counts
as little as can be: libCacheSim's around its loop in C over the mapped file; unreel's for the whole
program, its start, the reading and the numbering of ids included. To have more than the start of a
program, the trace is repeated with other ids. Ids are those of the trace, small numbers, which unreel
looks up in a vector; and for LRU also spread over 64 bits, as hashes are.
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
REPEATED = 5
ROUNDS = 3


def accesses(path):
    file = open(path, "rb")
    if path.endswith(".zst"):
        file = io.BufferedReader(zstandard.ZstdDecompressor().stream_reader(file))
    once = [block for line in file for block in json.loads(line)["hash_ids"]]
    span = max(once) + 1
    return [block + again * span for again in range(REPEATED) for block in once]


def spread(blocks):
    return [(block + 1) * 0x9E3779B97F4A7C15 % 2**64 for block in blocks]


def write(path, blocks):
    following, last = [-1] * len(blocks), {}
    for at in range(len(blocks) - 1, -1, -1):
        following[at] = last.get(blocks[at], -1)
        last[blocks[at]] = at
    with open(path, "wb") as file:
        for at, block in enumerate(blocks):
            file.write(struct.pack("<IQIq", at // 100, block, 1, following[at]))


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
    command = [unreel, "cache-trace", path, "--policy", rule, "--capacity", str(capacity)]
    best = None
    for _ in range(ROUNDS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        ran = subprocess.run(
            [*command, "--format", "json"],
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
    total = len(blocks)
    path = os.path.join(folder, "compare.oracleGeneral")
    print(f"{total:,} accesses, {len(set(blocks)):,} distinct; millions of accesses a CPU second")
    print(f"{'ids':<6} {'policy':<7} {'capacity':>8} {'hits':>9} {'libCacheSim':>12} {'unreel':>8} ratio")
    differ = 0
    for ids, rules, blocks in (("small", RULES, blocks), ("spread", ["lru"], spread(blocks))):
        write(path, blocks)
        for rule in rules:
            for capacity in CAPACITIES:
                slow, theirs = peer(path, rule, capacity, total)
                fast, own = ours(unreel, path, rule, capacity)
                differ += theirs != own
                speeds = f"{total / slow / 1e6:>12.2f} {total / fast / 1e6:>8.2f} {slow / fast:>5.1f}"
                note = "" if theirs == own else f"  libCacheSim: {theirs:,} hits"
                print(f"{ids:<6} {rule:<7} {capacity:>8,} {own:>9,} {speeds}{note}", flush=True)
    os.remove(path)
    print("the same hits in every row" if differ == 0 else f"{differ} rows with other hits")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
