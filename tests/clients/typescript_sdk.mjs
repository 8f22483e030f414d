// The official TypeScript SDK as a host would embed it, steered by JSON lines on stdin and stdout.
// It says {"visit": url} and reads {"back": url} to sign in, then says {"speaks": revision};
// after that it answers {"list": true} and {"call": tool, "arguments": {…}}, one line each.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const [modules, era, url, who] = process.argv.slice(2);
const require = createRequire(`${modules}/`);
const redirect = "http://127.0.0.1:3940/callback";

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const read = async () => JSON.parse((await lines.next()).value);
const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

const kept = {};
const auth = {
  redirectUrl: redirect,
  clientMetadata: {
    client_name: `TypeScript SDK check (${who})`,
    redirect_uris: [redirect],
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    token_endpoint_auth_method: "none",
  },
  clientInformation: () => kept.registration,
  saveClientInformation: (registration) => void (kept.registration = registration),
  tokens: () => kept.tokens,
  saveTokens: (tokens) => void (kept.tokens = tokens),
  invalidateCredentials: (what) => {
    if (what === "all" || what === "tokens") delete kept.tokens;
    if (what === "all" || what === "client") delete kept.registration;
  },
  saveCodeVerifier: (verifier) => void (kept.verifier = verifier),
  codeVerifier: () => kept.verifier,
  redirectToAuthorization: (page) => void (kept.page = page.href),
};
if (era.startsWith("v2")) {
  auth.state = () => (kept.state = crypto.randomUUID());
  auth.saveDiscoveryState = (state) => void (kept.discovery = state);
  auth.discoveryState = () => kept.discovery;
}

function parts() {
  if (era === "v1") {
    const { Client } = require("@modelcontextprotocol/sdk/client/index.js");
    const { StreamableHTTPClientTransport } = require("@modelcontextprotocol/sdk/client/streamableHttp.js");
    return { Client, StreamableHTTPClientTransport, options: {} };
  }
  const { Client, StreamableHTTPClientTransport } = require("@modelcontextprotocol/client");
  const mode = era === "v2-modern" ? { pin: "2026-07-28" } : "legacy";
  return { Client, StreamableHTTPClientTransport, options: { versionNegotiation: { mode } } };
}

async function connect() {
  delete kept.page;
  const { Client, StreamableHTTPClientTransport, options } = parts();
  const open = () => ({
    client: new Client({ name: "typescript-check", version: "1.0.0" }, options),
    transport: new StreamableHTTPClientTransport(new URL(url), { authProvider: auth }),
  });
  const first = open();
  try {
    await first.client.connect(first.transport);
    return first;
  } catch (error) {
    if (kept.page === undefined) throw error;
  }
  say({ visit: kept.page });
  const answer = new URL((await read()).back).searchParams;
  if (kept.state !== undefined && answer.get("state") !== kept.state) throw new Error("foreign state");
  await first.transport.finishAuth(answer.get("code"), answer.get("iss") ?? undefined);
  const second = open();
  await second.client.connect(second.transport);
  return second;
}

// Carry out an order; where that takes a sign-in, sign in and carry it out again.
async function carriedOut(order) {
  const perform = () =>
    order.list ? client.listTools() : client.callTool({ name: order.call, arguments: order.arguments });
  delete kept.page;
  try {
    return await perform();
  } catch (error) {
    if (kept.page === undefined) throw error;
  }
  ({ client, transport } = await connect());
  return perform();
}

let { client, transport } = await connect();
say({ speaks: client.getNegotiatedProtocolVersion?.() ?? transport.protocolVersion });
for await (const line of lines) {
  const order = JSON.parse(line);
  if (order.list) {
    say({ tools: (await carriedOut(order)).tools.map((tool) => tool.name) });
  } else {
    const result = await carriedOut(order);
    const text = result.content.filter((block) => block.type === "text").map((block) => block.text);
    say({ text: text.join("\n"), refused: result.isError === true });
  }
}
await client.close();
process.exit(0);
