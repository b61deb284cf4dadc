// Sessions as a user of the official SDK writes them; prints what the SDK made of the answers.
//
// usage: openai_sdk.mjs BASE_URL raw|helper|plain

import OpenAI from "openai";
import { PARAMETERS, equal, look, nothing, play, usage } from "./plan.mjs";

const [baseURL, mode] = process.argv.slice(2);
const client = new OpenAI({ baseURL, apiKey: "x" });
const ASKED = {
  model: "gpt-5.5",
  instructions: "Be brief.",
  tools: [{
    type: "function", name: "look", description: "Reads a file.", parameters: PARAMETERS, strict: true,
  }],
  reasoning: { summary: "auto" },
  store: false,
  include: ["reasoning.encrypted_content"],
};
equal((await client.models.list()).data.map((model) => model.id).join(), "gpt-5.5");

const ASK = {
  async plain(input) {
    const response = await client.responses.create({ ...ASKED, input });
    return [response, response._request_id];
  },
  async raw(input) {
    const asked = client.responses.create({ ...ASKED, input, stream: true });
    const { data: stream, request_id } = await asked.withResponse();
    let response, text = "";
    for await (const event of stream) {
      if (event.type === "response.output_text.delta") text += event.delta;
      if (event.type === "response.completed") response = event.response;
    }
    if (!response) throw new Error("no response.completed in the stream");
    // Only the helpers fill `output_text` in.
    const parts = response.output.flatMap((item) => item.content ?? []);
    response.output_text = parts.map((part) => part.text).join("");
    equal(text, response.output_text);
    return [response, request_id];
  },
  async helper(input) {
    const stream = client.responses.stream({ ...ASKED, input });
    let text = "";
    stream.on("response.output_text.delta", (event) => { text += event.delta; });
    const response = await stream.finalResponse();
    equal(text, response.output_text);
    return [response, null];
  },
};

async function talk(prompts) {
  const seen = nothing();
  const history = [];
  for (const prompt of prompts) {
    history.push({ role: "user", content: prompt });
    for (;;) {
      const [response, request_id] = await ASK[mode](history);
      seen.request_ids.push(request_id);
      seen.usage.push(response.usage && usage(response.usage));
      history.push(...response.output);
      const reasoning = response.output.filter((item) => item.type === "reasoning");
      seen.summaries.push(...reasoning.map((item) => item.summary.map((part) => part.text)));
      const calls = response.output.filter((item) => item.type === "function_call");
      for (const call of calls) {
        const output = look(JSON.parse(call.arguments));
        history.push({ type: "function_call_output", call_id: call.call_id, output });
      }
      if (calls.length === 0) {
        seen.said.push(response.output_text);
        break;
      }
    }
  }
  return seen;
}

await play(talk, ({ status, code, param, requestID }) => ({
  status, code, param, request_id: requestID,
}));
