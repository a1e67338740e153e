// Arguments of every script here: the address, the prompt. Each prints a line of JSON for each event
// of its client, as it comes, and one for the end.
import OpenAI from "openai";

import { address, print, prompt } from "./arguments.mjs";

const client = new OpenAI({ apiKey: "none", baseURL: `${address}v1`, maxRetries: 0 });
try {
  const runner = client.chat.completions.stream({
    model: "chat",
    messages: [{ role: "user", content: prompt }],
    stream_options: { include_usage: true },
  });
  runner.on("content", (text) => print({ text }));
  const { choices, usage } = await runner.finalChatCompletion();
  const { content, tool_calls } = choices[0].message;
  print({ content, tools: tool_calls, reason: choices[0].finish_reason, usage });
} catch (error) {
  print({ error: error.constructor.name, status: error.status, message: error.message });
}
