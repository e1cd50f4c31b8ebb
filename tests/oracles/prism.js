// Serves a provider's official OpenAPI document with Prism, which checks every request against it.
//
//   node prism.js DOCUMENT DRIFT UPSTREAM
//
// DRIFT is a module with a list, `drift`: where the document and the provider's service of today are known to differ. Each
// entry mends the copy of the document that is served, never the file: `mend` says whether there was something to mend,
// since a newer document may have caught up. What is named there is all that is forgiven; any other difference is a
// violation, and a name that the document doesn't have is one (see `close`).
//
// There are three servers, on free ports of loopback:
//
//   documented   answers with the document's own examples
//   generated    answers with what the document's schemas allow, with every field that they have
//   proxy        passes the request on to UPSTREAM as it came, and checks the answer too
//
// The output is JSON, line by line. The first is {addresses, drift}: where the servers are, and the known drift that the
// document has. Each one after it is an exchange: {server, request, operation, status, violations}, written before the
// answer is sent. The process ends when its input does.
"use strict";

const { createServer } = require("node:http");
const { readFileSync } = require("node:fs");
const { once } = require("node:events");
const { createLogger } = require("@stoplight/prism-core");
const { createInstance, getHttpOperationsFromSpec } = require("@stoplight/prism-http");
const { parse } = require("yaml");

const [file, mends, upstream] = process.argv.slice(2);
const { drift } = require(mends);
const logger = createLogger("prism", { level: "silent" });
const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);

/** The schemas of a request's body, or of an answer's. */
const schemas = (side) => (side?.contents ?? (side?.body?.contents || [])).map((content) => content.schema).filter(Boolean);

/**
 * Makes a name that the schema doesn't have a violation. The documents leave their objects open, as far as they say, so
 * that Prism alone passes every field that is misspelled or made up.
 */
function close(schema, part = false, seen = new Set()) {
  if (schema === null || typeof schema !== "object" || seen.has(schema)) return;
  seen.add(schema);
  const described = schema.properties || schema.allOf || schema.oneOf || schema.anyOf;
  const open = schema.additionalProperties !== undefined;
  // The parts of a composition would each refuse what the others add: only the whole is closed.
  if (described && !open && !part) schema.unevaluatedProperties = false;
  for (const [word, value] of Object.entries(schema)) {
    if (["allOf", "oneOf", "anyOf"].includes(word)) value.forEach((each) => close(each, true, seen));
    else if (word === "properties") Object.values(value).forEach((each) => close(each, false, seen));
    else if (word === "items") close(value, false, seen);
  }
}

function closed(operations, { answers }) {
  const copy = structuredClone(operations);
  for (const operation of copy) {
    const sides = answers ? [operation.request, ...operation.responses] : [operation.request];
    for (const schema of sides.flatMap(schemas)) {
      close(schema);
      // The first draft that has `unevaluatedProperties`.
      schema.$schema = "https://json-schema.org/draft/2019-09/schema";
    }
  }
  return copy;
}

/** What the document calls this request; the path with the fewest parameters goes first. */
function find(operations, method, path) {
  const parameters = (operation) => operation.path.split("{").length;
  const matches = (operation) =>
    operation.method === method &&
    new RegExp(`^${operation.path.replaceAll(".", "\\.").replaceAll(/\{[^}]+\}/g, "[^/]+")}$`).test(path);
  return operations.filter(matches).sort((a, b) => parameters(a) - parameters(b))[0];
}

/** Prism's own forwarder writes the body anew; this one passes on what came. */
function forwarder(raw) {
  return ({ data: { method, headers, url } }) =>
    () =>
    async () => {
      const { host, connection, ...passed } = headers;
      const answer = await fetch(`${upstream}${url.raw}`, {
        method: method.toUpperCase(),
        headers: passed,
        // An empty body makes for `Content-Length: 0`.
        body: method === "get" ? undefined : raw,
        redirect: "manual",
      });
      const text = await answer.text();
      const json = answer.headers.get("content-type")?.includes("json");
      const body = json ? JSON.parse(text) : text || undefined;
      // What fp-ts calls `right`.
      return {
        _tag: "Right",
        right: { statusCode: answer.status, headers: Object.fromEntries(answer.headers), body, text },
      };
    };
}

const told = (side, { path, location, message }) => `${[side, ...(path ?? location ?? [])].join(".")}: ${message}`;

async function exchange(server, operations, config, request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const raw = Buffer.concat(chunks);
  const { pathname, searchParams } = new URL(request.url, "http://localhost");
  const method = request.method.toLowerCase();
  const json = request.headers["content-type"]?.includes("json");

  const violations = [];
  let body = null;
  if (raw.length > 0) body = json ? JSON.parse(raw.toString()) : raw.toString();
  const operation = find(operations, method, pathname);
  const known = new Set((operation?.request?.query ?? []).map((parameter) => parameter.name));
  for (const name of searchParams.keys()) {
    if (!known.has(name)) violations.push(`request.query: the document has no parameter \`${name}\``);
  }

  const input = {
    method,
    url: { path: pathname, query: Object.fromEntries(searchParams), raw: request.url },
    headers: request.headers,
    body,
  };
  const components = config.isProxy ? { logger, forward: forwarder(raw) } : { logger };
  const result = await createInstance(config, components).request(input, operations)();
  let answer;
  if (result._tag === "Right") {
    const { output, validations } = result.right;
    violations.push(...validations.input.map((found) => told("request", found)));
    violations.push(...validations.output.map((found) => told("answer", found)));
    const { "content-length": _, ...headers } = output.headers ?? {};
    const text = output.text ?? (output.body === undefined ? "" : JSON.stringify(output.body));
    answer = { status: output.statusCode, headers, text };
  } else {
    const { name, message, status = 500, additional } = result.left;
    const found = additional?.validation ?? [];
    violations.push(...(found.length > 0 ? found.map((each) => told("request", each)) : [`${name}: ${message}`]));
    answer = { status, headers: {}, text: JSON.stringify({ violations }) };
  }
  say({
    server,
    request: `${request.method} ${request.url}`,
    operation: operation?.iid ?? null,
    status: answer.status,
    violations,
  });
  return answer;
}

async function serve(server, operations, config) {
  const http = createServer((request, response) => {
    exchange(server, operations, config, request).then(
      ({ status, headers, text }) => response.writeHead(status, headers).end(text),
      (error) => {
        const lines = { server, request: `${request.method} ${request.url}`, operation: null, status: 500 };
        say({ ...lines, violations: [`prism.js: ${error.stack}`] });
        response.writeHead(500).end();
      },
    );
  });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  return `http://127.0.0.1:${http.address().port}`;
}

(async () => {
  const document = parse(readFileSync(file, "utf8"));
  const mended = drift.filter(({ mend }) => mend(document));
  const operations = await getHttpOperationsFromSpec(document);
  const shared = { validateRequest: true, checkSecurity: true, errors: false };
  // The documents' own examples aren't on trial.
  const mock = { ...shared, validateResponse: false, isProxy: false };
  const proxy = { ...shared, validateResponse: true, isProxy: true, upstream: new URL(upstream), mock: {} };
  const mocked = closed(operations, { answers: false });
  const addresses = {
    documented: await serve("documented", mocked, { ...mock, mock: { dynamic: false, ignoreExamples: false } }),
    generated: await serve("generated", mocked, { ...mock, mock: { dynamic: false, ignoreExamples: true } }),
    proxy: await serve("proxy", closed(operations, { answers: true }), proxy),
  };
  say({ addresses, drift: mended.map(({ name }) => name) });
  process.stdin.resume().on("end", () => process.exit(0));
})();
