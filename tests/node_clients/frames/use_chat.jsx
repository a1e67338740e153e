// A chat as the AI SDK's own guide has it: `useChat` of @ai-sdk/react, and what it gives, drawn.
import { useChat } from "@ai-sdk/react";
import { DefaultChatTransport } from "ai";
import { createRoot } from "react-dom/client";

const transport = new DefaultChatTransport({ api: "api/chat" });

function Part({ part }) {
  if (part.type === "text") return <span className="text">{part.text}</span>;
  if (part.type === "reasoning") return <i className="thought">{part.text}</i>;
  if (!part.type.startsWith("tool-")) return null;
  return (
    <code className="tool-part">
      {part.type} {part.state} {JSON.stringify(part.input)} {JSON.stringify(part.output)}
    </code>
  );
}

function Chat() {
  const { messages, sendMessage, status, error, stop, regenerate } = useChat({ transport });
  window.chat = { sendMessage, stop, regenerate };
  return (
    <>
      {messages.map((message) => (
        <p key={message.id} className={message.role}>
          {message.parts.map((part, index) => (
            <Part key={index} part={part} />
          ))}
        </p>
      ))}
      <output id="status">{status}</output>
      <output id="failure">{error?.message}</output>
    </>
  );
}

document.body.innerHTML = "<div id='root'></div>";
createRoot(document.getElementById("root")).render(<Chat />);
