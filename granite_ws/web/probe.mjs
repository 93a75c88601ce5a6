// The probe's JavaScript clients: socket.io-client in Node, written down as the Python probes do.
//
//     node granite_ws/web/probe.mjs URL EVENTS --clients N --transport websocket|polling|upgrade
//          [--first K] [--start|--no-start] [--stall-threshold S]
//          [--ask-every S --ask-first S --ask-at-once N --ask-by event|rest --all-clients N]
//
// Each event is one JSON line, appended with one write. process.hrtime is CLOCK_MONOTONIC on Linux,
// the clock that all other witnesses use. Orders for faults come as JSON lines on standard input.
// Reconnection stays at the library's defaults, but for a delay of 1 s at most.

import { createCipheriv } from "node:crypto";
import { openSync, readFileSync, writeSync } from "node:fs";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { io } from "socket.io-client";

const KIND = "node";
const TRANSPORTS = {
  websocket: ["websocket"],
  polling: ["polling"],
  upgrade: ["polling", "websocket"],
};
const BEAT_MS = 50;
const LEAVING_MS = 3000;
const STOPPING_MS = 1000;
const MOMENT_MS = 200;
const LEAVE_LOOK_MS = 10;
const WS_CLOSED = 3;
const LINE_CHARS = 500;
const PARSED_CHARS = 1_000_000;

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    clients: { type: "string", default: "1" },
    transport: { type: "string", default: "websocket" },
    first: { type: "string", default: "1" },
    start: { type: "boolean" },
    "no-start": { type: "boolean", default: false },
    "stall-threshold": { type: "string", default: "0.1" },
    "ask-every": { type: "string", default: "0" },
    "ask-first": { type: "string", default: "0.5" },
    "ask-at-once": { type: "string", default: "0" },
    "ask-by": { type: "string", default: "event" },
    "all-clients": { type: "string", default: "1" },
  },
});
const [url, eventsPath] = positionals;
const [first, count] = [Number(options.first), Number(options.clients)];
if (!url || !eventsPath || !TRANSPORTS[options.transport] || !(first >= 1) || !(count >= 1)) {
  process.stderr.write("usage: probe.mjs URL EVENTS --clients N --transport " +
    `${Object.keys(TRANSPORTS).join("|")} [--first K] [--no-start] [--stall-threshold S]\n`);
  process.exit(2);
}

// ------------------------------------------------------------------------------- the pen

const descriptor = openSync(eventsPath, "a");
const nowNs = () => process.hrtime.bigint();

// ``times`` are nanoseconds, which a JavaScript number cannot hold exactly.
function record(kind, { sid = null, witness = "probe", data = {}, times = {} }) {
  const exact = Object.entries(times).map(([name, ns]) => `,${JSON.stringify(name)}:${ns}`);
  const at = nowNs();
  const utc = new Date().toISOString().replace("Z", "000+00:00");
  const head = JSON.stringify({ utc, witness, kind, ...(sid ? { sid } : {}) }).slice(1, -1);
  const body = JSON.stringify({ client_kind: KIND, ...data }).slice(0, -1);
  try {
    writeSync(descriptor, `{"v":1,"at_ns":${at},${head},"data":${body}${exact.join("")}}}\n`);
  } catch {
    // A full disk must not end the client that is only being watched.
  }
}

// ---------------------------------------------------------------------- what a message is

// As ``measure`` of edges/client_view.py: type, attachments, namespace, acknowledgement, JSON.
const PACKET = /^(\d)(?:(\d+)-)?(?:(\/[^,]*),)?(\d+)?/;
const EVENT_NAME = /^\s*\[\s*("(?:[^"\\]|\\.){0,500}")/;
const STRING_OR_CONSTANT = /"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g;

function measure(data) {
  if (typeof data !== "string") return { bytes: data?.byteLength ?? 0 };
  const facts = { bytes: Buffer.byteLength(data) };
  const packet = PACKET.exec(data);
  if (!packet || !"25".includes(packet[1])) return facts;
  const text = data.slice(packet[0].length);
  try {
    facts.event = JSON.parse(EVENT_NAME.exec(text)?.[1] ?? "null");
    facts.attachments = Number(packet[2] ?? 0);
    Object.assign(facts, contents(text));
  } catch {
    // No JSON, or too deep: unknown, not zero.
  }
  return facts;
}

function contents(text) {
  const suspicious = text.includes("NaN") || text.includes("Infinity");
  if (!suspicious && text.length > PARSED_CHARS) return { non_finite: 0 };
  let nonFinite = 0;
  const finite = suspicious
    ? text.replace(STRING_OR_CONSTANT, (found) => {
      if (found.startsWith('"')) return found;
      nonFinite += 1;
      return "null";
    })
    : text;
  const iteration = JSON.parse(finite)[1]?.iteration;
  return { non_finite: nonFinite, ...(Number.isInteger(iteration) ? { iteration } : {}) };
}

// ------------------------------------------------------------------------------ a client

class ProbeClient {
  constructor(number, starts) {
    this.number = number;
    this.starts = starts;
    this.stops = false;
    this.own = false;
    this.sid = null;
    this.isOpen = false;
    this.lastLog = null;
    this.socket = io(url, {
      autoConnect: false,
      forceNew: true,
      transports: TRANSPORTS[options.transport],
      reconnectionDelayMax: 1000,
    });
    this.watchManager(this.socket.io);
    this.socket.on("connect", () => this.connected());
    this.socket.on("disconnect", (reason, details) => this.disconnected(reason, details));
    this.socket.on("connect_error", (error) => this.refused(describe(error)));
    this.asked = new Map();
    this.asks = 0;
    this.asking = null;
    this.socket.on("forecast", (told) => this.answered(told));
    this.socket.on("forecast_error", (told) => this.answered(told));
  }

  record(kind, data = {}) {
    record(kind, { sid: this.sid, data: { client: this.number, ...data } });
  }

  log(logger, level, line) {
    const text = String(line).slice(0, LINE_CHARS);
    if (level !== "INFO") this.lastLog = text;
    this.record("client_log", { logger, level, line: text });
  }

  // The manager makes a new engine with every attempt, and tells nobody.
  watchManager(manager) {
    const open = manager.open.bind(manager);
    let seen = null;
    manager.open = manager.connect = (callback) => {
      open(callback);
      if (manager.engine !== seen) this.watchEngine((seen = manager.engine));
      return manager;
    };
    manager.on("error", (error) => {
      if (this.isOpen) this.log("socket.io-client", "ERROR", `error: ${describe(error)}`);
    });
    manager.on("reconnect_error", (error) => {
      this.log("socket.io-client", "WARNING", `reconnect_error: ${describe(error)}`);
    });
  }

  watchEngine(engine) {
    engine.on("handshake", ({ sid }) => {
      this.sid = sid;
      this.lastLog = null;
    });
    engine.on("packet", ({ type, data }) => {
      if (type === "ping") this.record("ping_received");
      else if (type === "message") this.record("message_received", measure(data));
    });
    // "pong" comes after the answer was handed to the transport.
    engine.on("pong", () => this.record("pong_sent"));
    engine.on("upgrade", (transport) => {
      this.log("engine.io-client", "INFO", `upgrade: ${transport.name}`);
    });
    engine.on("upgradeError", (error) => {
      this.log("engine.io-client", "WARNING", `upgradeError: ${describe(error)}`);
    });
  }

  connected() {
    const { engine } = this.socket.io;
    this.isOpen = true;
    this.record("connected", {
      client_id: this.socket.id,
      transport: engine.transport.name,
      ping_interval_s: engine._pingInterval / 1000,
      ping_timeout_s: engine._pingTimeout / 1000,
      pid: process.pid,
    });
    if (this.starts) {
      this.starts = false;
      this.stops = true;
      this.socket.emit("start_processing");
    }
    this.startAsking();
  }

  // As edges/asker.py: from the first connection on, and never while there is none.
  startAsking() {
    if (this.asking || !ASK.everyMs) return;
    const round = () => {
      if (this.socket.connected && !this.own) {
        for (let count = 0; count < asksOf(this.number - 1); count += 1) this.ask();
      }
      this.asking = setTimeout(round, ASK.everyMs);
    };
    this.asking = setTimeout(round, ASK.firstMs);
  }

  ask() {
    this.asks += 1;
    const name = `${KIND}-${this.number}-${this.asks}`;
    this.record("forecast_asked", { request_id: name, by: ASK.by });
    this.asked.set(name, nowNs());
    if (ASK.by === "event") {
      this.socket.emit("request_forecast", { request_id: name }, (told) => this.answered(told));
    } else {
      askByRest(name)
        .catch((error) => ({ code: "no_answer", error: describe(error) }))
        .then((told) => this.note(name, told));
    }
  }

  answered(told) {
    if (["queued", "running"].includes(told?.state)) return;
    this.note(told?.request_id, told);
  }

  note(name, told) {
    const asked = this.asked.get(name);
    if (asked === undefined) return;
    this.asked.delete(name);
    this.record("forecast_answered", {
      request_id: name,
      by: ASK.by,
      ok: told?.state === "done",
      code: told?.code ?? "",
      cached: told?.cached ?? "",
      seconds: Number(nowNs() - asked) / 1e9,
    });
  }

  disconnected(reason, given) {
    const details = detailsOf(given);
    if (!this.isOpen) {
      const told = details.message ? ` (${details.message})` : "";
      if (!this.own) this.refused(`${reason} before the namespace was connected${told}`);
      return;
    }
    this.isOpen = false;
    this.record("disconnected", {
      reason,
      own: this.own,
      last_log: this.lastLog,
      details,
      close_code: details.close_code ?? null,
    });
    this.lastLog = null;
  }

  refused(error) {
    this.record("connect_failed", { error: error.slice(0, LINE_CHARS) });
  }

  close() {
    this.own = true;
    const disconnect = () => this.socket.disconnect();
    if (!this.stops || !this.socket.connected) disconnect();
    // Confirmed, since what is still queued when a connection closes is lost.
    else this.socket.timeout(STOPPING_MS).emit("stop_processing", disconnect);
  }
}

// ----------------------------------------------------------------------------- asking

const ASK = {
  everyMs: Number(options["ask-every"]) * 1000,
  firstMs: Number(options["ask-first"]) * 1000,
  atOnce: Number(options["ask-at-once"]),
  clients: Number(options["all-clients"]),
  by: options["ask-by"],
};
const LOOK_MS = 200;

// As ``Load.asks_of`` of granite_ws/loads.py.
function asksOf(client) {
  if (!ASK.atOnce) return 1;
  return Math.floor(ASK.atOnce / ASK.clients) + (client < ASK.atOnce % ASK.clients ? 1 : 0);
}

async function askByRest(name) {
  const body = JSON.stringify({ request_id: name });
  const headers = { "Content-Type": "application/json" };
  let answer = await fetch(`${url}/api/forecasts`, { method: "POST", headers, body });
  let told = await answer.json();
  while (answer.ok && ["queued", "running"].includes(told.state)) {
    await new Promise((resolve) => { setTimeout(resolve, LOOK_MS); });
    answer = await fetch(`${url}/api/forecasts/${told.job_id}`);
    told = await answer.json();
  }
  return told;
}

// "xhr poll error (400)", "websocket error (connect ECONNREFUSED ...)"
function describe(error) {
  const { message, description } = error ?? {};
  const more = description?.message || (typeof description === "object" ? "" : description);
  return `${message ?? error}${more ? ` (${more})` : ""}`;
}

// The second argument of the disconnect handler as plain values: an Error of the parser, a close
// event in ``context``, an HTTP status in ``description``.
function detailsOf(given) {
  if (given === undefined || given === null) return {};
  if (typeof given !== "object") return { description: String(given) };
  const details = {};
  const { message, description, context } = given;
  if (message) details.message = String(message).slice(0, LINE_CHARS);
  if (description?.message) details.description = String(description.message);
  else if (["string", "number"].includes(typeof description)) details.description = description;
  if (Number.isInteger(context?.code)) details.close_code = context.code;
  if (context?.reason) details.close_reason = String(context.reason);
  if (Number.isInteger(context?.status)) details.http_status = context.status;
  return details;
}

// -------------------------------------------------------------------------- the heartbeat

const monitor = { beats: 0, longest_s: 0, late_s: 0 };
const thresholdS = Number(options["stall-threshold"]);
let before = usageNow();

function usageNow() {
  const { user, system } = process.cpuUsage();
  return {
    ns: nowNs(),
    cpu_s: (user + system) / 1e6,
    waited_s: waitedS(),
    wall_minus_monotonic_s: Date.now() / 1e3 - Number(nowNs()) / 1e9,
  };
}

// Linux's run delay of the main thread; a kernel without it gives 0.
function waitedS() {
  try {
    return Number(readFileSync("/proc/self/schedstat", "latin1").split(" ")[1]) / 1e9;
  } catch {
    return 0;
  }
}

function beat() {
  const now = usageNow();
  const seconds = Number(now.ns - before.ns) / 1e9 - BEAT_MS / 1e3;
  monitor.beats += 1;
  monitor.late_s += Math.max(seconds, 0);
  monitor.longest_s = Math.max(monitor.longest_s, seconds);
  if (seconds >= thresholdS) {
    const data = { monitor: "loop", seconds };
    for (const name of ["cpu_s", "waited_s", "wall_minus_monotonic_s"]) {
      data[name] = now[name] - before[name];
    }
    record("stall", { data, times: { began_ns: before.ns } });
  }
  before = now;
}

// -------------------------------------------------------------------------------- orders

const clients = new Map();

function add(number, starts) {
  const client = new ProbeClient(number, starts);
  clients.set(number, client);
  client.socket.connect();
}

function chosen(order) {
  const client = clients.get(order.client ?? Math.min(...clients.keys()));
  if (!client) throw new Error(`no client ${order.client} here`);
  return client;
}

// As many ASCII characters as asked for, always the same and incompressible.
function payload(bytes) {
  const cipher = createCipheriv("aes-128-ctr", Buffer.alloc(16), Buffer.alloc(16));
  const noise = cipher.update(Buffer.alloc(Math.ceil(bytes * 0.75) + 3));
  return noise.toString("base64").slice(0, bytes);
}

const ACTS = {
  js_main_thread_blocked({ seconds = 0 }) {
    const begun = nowNs();
    const until = begun + BigInt(Math.round(seconds * 1e9));
    while (nowNs() < until);
    return ["seconds with the main thread busy", Number(nowNs() - begun) / 1e9];
  },
  emit(order) {
    const [text, times] = [payload(order.bytes ?? 0), order.count ?? 1];
    const { socket } = chosen(order);
    for (let sent = 0; sent < times; sent += 1) socket.emit(order.event ?? "payload", text);
    return ["messages sent", times];
  },
  disconnect(order) {
    const client = chosen(order);
    client.record("disconnect_called", { thread: "main" });
    client.socket.disconnect();
    return ["clients disconnected", 1];
  },
  connect(order) {
    add(order.client ?? Math.max(...clients.keys()) + 1, false);
    return ["connections attempted", 1];
  },
};

function carryOut(order) {
  const name = order.act ?? order.fault;
  if (!Object.hasOwn(ACTS, name) || !(order.kinds ?? [KIND]).includes(KIND)) return;
  const tell = (kind, data) => {
    record(kind, { witness: "injector", data: { fault: order.fault, ...data } });
  };
  tell("fault_begun", { seconds: order.seconds ?? 0 });
  try {
    const [what, amount] = ACTS[name](order);
    tell("fault_effect", { what, amount });
  } finally {
    tell("fault_ended", {});
  }
}

// --------------------------------------------------------------------- from start to end

let leaving = false;

function leave() {
  if (leaving) return;
  leaving = true;
  const transports = [...clients.values()].map((client) => client.socket.io.engine?.transport);
  // An engine forgets its WebSocket when it closes it.
  const sockets = transports.map((transport) => transport?.ws).filter(Boolean);
  const polled = transports.some((transport) => transport?.name === "polling");
  for (const client of clients.values()) client.close();
  const deadline = nowNs() + BigInt(LEAVING_MS) * 1_000_000n;
  let closedNs = null;
  setInterval(() => {
    const engines = [...clients.values()].map((client) => client.socket.io.engine).filter(Boolean);
    const closed = engines.every((engine) => engine.readyState === "closed");
    if (!closed && nowNs() < deadline) return;
    // An engine calls itself closed a moment before its Close frame, or its last POST, is out.
    closedNs ??= nowNs();
    const gone = !polled && sockets.every((socket) => socket.readyState === WS_CLOSED);
    if (!gone && nowNs() - closedNs < BigInt(MOMENT_MS) * 1_000_000n) return;
    const { beats, longest_s, late_s } = monitor;
    const data = { monitor: "loop", beats, longest_s, mean_late_s: late_s / Math.max(beats, 1) };
    record("monitor_ended", { data });
    process.exit(0);
  }, LEAVE_LOOK_MS);
}

process.on("SIGTERM", leave);
process.on("SIGINT", leave);
createInterface({ input: process.stdin }).on("line", (line) => {
  try {
    carryOut(JSON.parse(line));
  } catch (error) {
    process.stderr.write(`order not carried out: ${line.slice(0, 200)}: ${error}\n`);
  }
}).on("close", () => {
  // A runner that was killed cannot end its children (edges/orders.py).
  if (process.env.GRANITE_WS_RUNNER) process.kill(process.pid, "SIGKILL");
});
record("monitor_started", { data: { monitor: "loop", beat_s: BEAT_MS / 1e3 } });
before = usageNow();
setInterval(beat, BEAT_MS);
for (let number = first; number < first + count; number += 1) {
  add(number, !options["no-start"] && number === first);
}
