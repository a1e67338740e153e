// Calls of the console's API. An error has the server's own message.

export const loadFunctions = () => callApi("/api/functions");

export const loadInvocation = (id) => callApi(`/api/invocations/${encodeURIComponent(id)}`);

export const sendAgain = (id) =>
  post(`/api/invocations/${encodeURIComponent(id)}/send`, {});

export const invoke = (request) => post("/api/invoke", request);

// The content type is what no page of another origin can send without asking.
const post = (path, content) =>
  callApi(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(content),
  });

async function callApi(path, options) {
  const response = await fetch(path, options);
  const content = await response.json();
  if (!response.ok) throw new Error(content.error);
  return content;
}
