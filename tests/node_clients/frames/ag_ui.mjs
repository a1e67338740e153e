import { HttpAgent } from "@ag-ui/client";

import { address, print, prompt } from "./arguments.mjs";

const agent = new HttpAgent({ url: `${address}agent`, threadId: "t1" });
agent.addMessage({ id: "u1", role: "user", content: prompt });
try {
  const types = [];
  const { newMessages } = await agent.runAgent(
    { runId: "r1" },
    {
      onEvent: ({ event }) => {
        types.push(event.type);
      },
      onTextMessageContentEvent: ({ event }) => print({ text: event.delta }),
      onRunErrorEvent: ({ event }) => print({ failed: event.message, code: event.code }),
      onRunFinishedEvent: ({ event }) => print({ outcome: event.outcome, usage: event.usage }),
      onRunStartedEvent: ({ event }) => print({ version: event.protocolVersion }),
    },
  );
  print({ messages: newMessages, last: types.at(-1) });
} catch (error) {
  print({ error: error.constructor.name, status: error.status, message: error.message });
}
