"""What every program of this folder does; see plan.mjs for the same in JavaScript.

A program gives `play` two functions. `talk(prompts)` holds one conversation, each prompt a turn, and
gives what the client made of it: `said` (the last text of each turn), `summaries` (of reasoning),
`usage` and `request_ids` (of each request, where the client shows them). `failure(error)` tells what
an exception of the client says.
"""

import json
import sys

SESSIONS = {
    "text": ["Say something."],
    "tools": ["Look into a.txt and b.txt.", "Look into c.txt."],
    "reasoning": ["Think of a number.", "Which number?"],
}


def look(path):
    """The tool."""
    return f"{path} says {ord(path[0])}"


def play(talk, failure):
    seen = {name: talk(prompts) for name, prompts in SESSIONS.items()}
    # The server refuses the first, and cuts the stream of the second short.
    for name, prompt in {"refused": "refuse me", "cut": "Think of a number."}.items():
        try:
            seen[name] = {"said": talk([prompt])["said"]}
        except Exception as error:
            seen[name] = {"error": type(error).__name__, "message": str(error), **failure(error)}
    json.dump(seen, sys.stdout)


def usage(counts):
    """Usage as the server counts it: input, cached, output, reasoning, total."""
    return [
        counts.input_tokens,
        counts.input_tokens_details.cached_tokens,
        counts.output_tokens,
        counts.output_tokens_details.reasoning_tokens,
        counts.total_tokens,
    ]
