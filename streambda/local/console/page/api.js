// Calls of the console's API. An error has the server's own message.

export const loadFunctions = () => callApi("/api/functions");

export const loadInvocation = (id) => callApi(`/api/invocations/${encodeURIComponent(id)}`);

export const invoke = (request) =>
  callApi("/api/invoke", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(request),
  });

async function callApi(path, options) {
  const response = await fetch(path, options);
  const content = await response.json();
  if (!response.ok) throw new Error(content.error);
  return content;
}
