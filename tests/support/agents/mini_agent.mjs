// A coding agent on one page: a loop around the Responses API, with nothing but Node 20.
//
// usage: OPENAI_BASE_URL=.. OPENAI_API_KEY=.. mini_agent.mjs [--session FILE | --resume FILE] PROMPT
//
// --session keeps the history in a new FILE, --resume goes on with it. The model is MODEL or gpt-5.5.

import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";

const { OPENAI_BASE_URL, OPENAI_API_KEY, MODEL = "gpt-5.5" } = process.env;
const text = { type: "string" };
const SHELL = { type: "function", name: "shell", strict: false,
  description: "Runs a command with sh -c; the output ends with its exit code.",
  parameters: { type: "object", required: ["command"], properties: { command: text, workdir: text } } };

// One streamed request with the whole history; gives the output items of the answer.
async function respond(input) {
  const body = { model: MODEL, tools: [SHELL], input, store: false, stream: true,
    instructions: "You are a coding agent. Work in the current folder.",
    include: ["reasoning.encrypted_content"] };
  const headers = { "content-type": "application/json", authorization: `Bearer ${OPENAI_API_KEY}` };
  const response = await fetch(`${OPENAI_BASE_URL}/responses`,
    { method: "POST", headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`HTTP ${response.status}: ${await response.text()}`);
  const output = [];
  let held = "";
  for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
    const lines = (held + piece).split("\n");
    held = lines.pop();
    for (const line of lines.filter((line) => line.startsWith("data: {"))) {
      const event = JSON.parse(line.slice("data: ".length));
      if (event.type === "response.output_item.done") output.push(event.item);
      if (event.type === "response.completed") return output;
      if (event.type === "response.failed") throw new Error(event.response.error.message);
    }
  }
  throw new Error("the stream ended before response.completed");
}

function shell({ command, workdir }) {
  const done = spawnSync("sh", ["-c", `exec 2>&1\n${command}`], { cwd: workdir, encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"], timeout: 60_000, maxBuffer: 1e8 });
  if (done.error) throw done.error;
  const output = done.stdout.length <= 10_000 ? done.stdout
    : `${done.stdout.slice(0, 5_000)}\n[..]\n${done.stdout.slice(-5_000)}`;
  return `${output}\nexit code ${done.status}`;
}

try {
  const asked = parseArgs({ options: { session: text, resume: text }, allowPositionals: true });
  const { session, resume } = asked.values;
  const history = resume ? JSON.parse(readFileSync(resume, "utf8")) : [];
  history.push({ role: "user", content: asked.positionals.join(" ") });
  let output, calls;
  do {
    history.push(...(output = await respond(history)));
    calls = output.filter((item) => item.type === "function_call");
    for (const call of calls) {
      let result;
      try { result = shell(JSON.parse(call.arguments)); } catch (error) { result = `failed: ${error.message}`; }
      history.push({ type: "function_call_output", call_id: call.call_id, output: result });
    }
  } while (calls.length > 0);
  if (session ?? resume) writeFileSync(session ?? resume, JSON.stringify(history));
  const parts = output.filter((item) => item.type === "message").flatMap((item) => item.content);
  console.log(parts.map((part) => part.text).join(" "));
} catch (error) {
  console.error(error.cause ? `${error.message}: ${error.cause.message}` : error.message);
  process.exitCode = 1;
}
