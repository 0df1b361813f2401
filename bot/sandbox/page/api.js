// The control API: one POST a deed, one stream of what happens.

export class Refused extends Error {}

async function result(response) {
  const body = await response.json().catch(() => ({ error: response.statusText }));
  if (!response.ok) throw new Refused(body.error);
  return body;
}

export async function post(path, body = {}) {
  const headers = { "Content-Type": "application/json" };
  return result(await fetch(`/sandbox/${path}`, { method: "POST", headers, body: JSON.stringify(body) }));
}

export async function overview() {
  return result(await fetch("/sandbox/"));
}

export async function upload(fields, file) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) if (value !== undefined && value !== null) form.append(name, value);
  form.append("file", file, file.name);
  return result(await fetch("/sandbox/file", { method: "POST", body: form }));
}

// onEvent gets each event; onGap is called when events may have been missed and all must be read anew.
export function listen(people, after, onEvent, onGap, onConnection) {
  const source = new EventSource(`/sandbox/events?as=${people.map(encodeURIComponent).join(",")}&after=${after}`);
  let lost = false;
  source.onmessage = (event) => onEvent(JSON.parse(event.data));
  source.addEventListener("reset", onGap);
  source.onerror = () => { lost = true; onConnection(false); };
  source.onopen = () => { onConnection(true); if (lost) onGap(); lost = false; };
  return source;
}
