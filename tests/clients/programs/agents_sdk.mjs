// The same sessions with the Agents SDK, which runs the tool itself and keeps the history.
//
// usage: agents_sdk.mjs BASE_URL streamed|whole

import OpenAI from "openai";
import { Agent, OpenAIResponsesModel, Runner, setTracingDisabled, tool, user } from "@openai/agents";
import { PARAMETERS, look, nothing, play } from "./plan.mjs";

const [baseURL, mode] = process.argv.slice(2);
setTracingDisabled(true);
const client = new OpenAI({ baseURL, apiKey: "x" });
const agent = new Agent({
  name: "reader",
  instructions: "Be brief.",
  tools: [tool({
    name: "look", description: "Reads a file.", parameters: PARAMETERS, strict: true, execute: look,
  })],
  model: new OpenAIResponsesModel(client, "gpt-5.5"),
  modelSettings: {
    store: false,
    parallelToolCalls: true,
    reasoning: { summary: "auto" },
    providerData: { include: ["reasoning.encrypted_content"] },
  },
});
const runner = new Runner({ tracingDisabled: true });

async function run(history) {
  if (mode === "whole") return runner.run(agent, history);
  const result = await runner.run(agent, history, { stream: true });
  for await (const _ of result);
  await result.completed;
  return result;
}

async function talk(prompts) {
  const seen = nothing();
  let history = [];
  for (const prompt of prompts) {
    const result = await run([...history, user(prompt)]);
    history = result.history;
    seen.said.push(result.finalOutput);
    for (const response of result.rawResponses) {
      const { inputTokens, outputTokens, totalTokens, inputTokensDetails, outputTokensDetails } =
        response.usage;
      seen.usage.push([
        inputTokens, inputTokensDetails[0].cached_tokens,
        outputTokens, outputTokensDetails[0].reasoning_tokens, totalTokens,
      ]);
      seen.request_ids.push(response.requestId);
      const reasoning = response.output.filter((item) => item.type === "reasoning");
      seen.summaries.push(...reasoning.map((item) => item.content.map((part) => part.text)));
    }
  }
  return seen;
}

await play(talk, ({ status, code, param, requestID }) => ({
  status, code, param, request_id: requestID,
}));
