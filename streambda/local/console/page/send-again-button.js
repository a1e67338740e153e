// A button that invokes the same function with the same event; a new invocation shows what it does.

import { announce } from "./announcements.js";
import { sendAgain } from "./api.js";
import { createHtml } from "./dom.js";

export function createSendAgainButton(id) {
  const button = createHtml("button", { type: "button", "data-command": "again", onclick: send }, "Send again");
  const note = createHtml("span", { class: "note", role: "status" });
  return createHtml("span", {}, note, " ", button);

  async function send() {
    button.disabled = true;
    note.textContent = "";
    try {
      const { status, body } = await sendAgain(id);
      if (status >= 400) throw new Error(readMessage(body) ?? `status ${status}`);
      announce("Sent");
    } catch (error) {
      note.textContent = `Not sent: ${error.message}`;
    } finally {
      button.disabled = false;
    }
  }
}

// The message of an error of Lambda's API.
function readMessage(body) {
  try {
    const { Message, message } = JSON.parse(body);
    return Message ?? message;
  } catch {
    return body;
  }
}
