// The transport and the reader that `useChat` of the AI SDK is made of.
import { DefaultChatTransport, readUIMessageStream } from "ai";

import { address, print, prompt } from "./arguments.mjs";

const transport = new DefaultChatTransport({ api: `${address}api/chat` });
const message = { id: "u1", role: "user", parts: [{ type: "text", text: prompt }] };
try {
  const stream = await transport.sendMessages({
    chatId: "c1",
    messages: [message],
    trigger: "submit-message",
  });
  let last;
  const chunks = [];
  const seen = stream.pipeThrough(
    new TransformStream({
      transform(chunk, controller) {
        chunks.push(chunk.type);
        controller.enqueue(chunk);
        if (chunk.type === "text-delta") print({ text: chunk.delta });
      },
    }),
  );
  const onError = (error) => print({ error: error.constructor.name, message: error.message });
  for await (const state of readUIMessageStream({ stream: seen, onError })) last = state;
  print({ parts: last.parts, metadata: last.metadata, last: chunks.at(-1) });
} catch (error) {
  print({ error: error.constructor.name, message: error.message });
}
