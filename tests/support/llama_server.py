"""Serves a GGUF model with llama.cpp on 127.0.0.1 until standard input closes.

usage: llama_server.py MODEL.gguf PORT TOKENS

Prints `ready` once it answers. One slot, so that its KV cache belongs to one conversation; answers
end after TOKENS tokens, greedily chosen: a small base model would go on for long.
"""

import os
import sys
import time
import urllib.request

import xllamacpp

model, port, tokens = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
params = xllamacpp.CommonParams()
params.model.path = model
params.hostnames = ["127.0.0.1"]
params.port = port
params.n_ctx = 16384
params.n_parallel = 1
# Gemma attends to a window in most layers. With a cache of the window's size alone, a prefix could be
# taken up again at a few checkpoints only, and the count of cached tokens would follow these.
params.swa_full = True
# Several threads wait for each other by spinning: on a busy machine one is faster.
params.cpuparams.n_threads = 1
params.use_jinja = True
params.n_predict = tokens
params.sampling.temp = 0.0
server = xllamacpp.Server(params)

direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
for _ in range(600):
    try:
        direct.open(f"http://127.0.0.1:{port}/v1/models", timeout=5).read()
        break
    except OSError:
        time.sleep(0.1)
else:
    sys.exit(f"no answer on port {port} after a minute")
print("ready", flush=True)
# The parent's end of the pipe closes with the parent, whatever becomes of it.
sys.stdin.read()
os._exit(0)
