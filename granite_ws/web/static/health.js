// What this browser saw of its own connection. A witness: it counts and shows, it does not judge.

import { bareNonFinite, clock, make, seconds, show, size } from "./fields.js";

const TICK_MS = 250;
const LAG_WINDOW_MS = 60_000;
const STILL_TRYING_AFTER = 3;
const DROPS_SHOWN = 8;

// The client's own reason strings, in plain words. Fifteen different causes read "transport close".
const PLAIN = {
  "ping timeout": "No PING from the server reached this browser within the limit, so it gave up waiting.",
  "transport close": "The connection was closed under the page: the server closed it, or something in between did.",
  "transport error": "The transport failed while it was in use.",
  "parse error": "A message arrived that this browser could not read, so the client closed the connection.",
  "io server disconnect": "The server asked this client to leave. The client does not come back by itself after that.",
  "io client disconnect": "This page closed the connection itself.",
  "forced close": "The client closed the connection by force.",
};

const CLOSE_CODES = {
  1000: "a normal close", 1001: "the other side went away", 1006: "no close frame, the TCP connection just ended",
  1009: "message too big", 1011: "server error",
};

export class Health {
  constructor() {
    Object.assign(this, { state: "connecting", sid: null, transport: null, advertised: null, pings: 0, drops: [],
      messages: 0, bytes: 0, nonFinite: 0, lastRaw: "", greeting: "", heartbeatAt: null, lags: [], watched: new WeakSet() });
    this.lastTick = performance.now();
    setInterval(() => this.tick(), TICK_MS);
    // Browsers throttle the timers of a hidden tab; that is not lag.
    document.addEventListener("visibilitychange", () => { this.lastTick = NaN; });
  }

  follow(socket, { onUp, onDown }) {
    const manager = socket.io;
    this.watch(manager.engine);
    socket.on("connect", () => {
      this.sid = socket.id;
      this.set("connected", "Connected", this.greeting);
      show("sid", socket.id);
      show("attempt", "");
      onUp();
    });
    socket.on("disconnect", (reason, details) => {
      this.recordDrop(reason, details, socket.active);
      onDown();
    });
    socket.on("connect_error", (error) => {
      const why = socket.active ? "The server does not answer; the client tries again." : `The server said: ${error.message}.`;
      if (!socket.active) this.set("lost", "Connection refused", why);
      else if (!this.drops.length) this.set("reconnecting", "No connection yet", why);
    });
    manager.on("reconnect_attempt", (attempt) => {
      // The manager makes the new engine right after this event, and its handshake arrives later.
      queueMicrotask(() => this.watch(manager.engine));
      if (attempt >= STILL_TRYING_AFTER) this.set("lost", "Connection lost");
      else this.set("reconnecting", "Reconnecting");
      show("attempt", `attempt ${attempt}`);
    });
  }

  // The server's greeting often arrives just before the client says "connect".
  greet(message) {
    this.greeting = message;
    if (this.state === "connected") show("why", message);
  }

  watch(engine) {
    if (!engine || this.watched.has(engine)) return;
    this.watched.add(engine);
    const named = () => this.showTransport(engine.transport?.name ?? null);
    engine.on("handshake", (open) => {
      this.advertised = { pingInterval: open.pingInterval, pingTimeout: open.pingTimeout };
      this.beatOf("handshake");
      show("eio_sid", open.sid);
      show("advertised", `PING every ${open.pingInterval / 1000} s, timeout ${open.pingTimeout / 1000} s`);
      this.compareWithSettings();
      named();
    });
    engine.on("upgrade", named);
    engine.on("packet", ({ type, data }) => {
      if (type === "ping") {
        this.pings += 1;
        this.beatOf("last PING");
      }
      if (type !== "message") return;
      this.messages += 1;
      this.bytes += data?.length ?? data?.byteLength ?? 0;
      this.lastRaw = data;
    });
  }

  // Both restart the client's own timer.
  beatOf(what) {
    Object.assign(this, { heartbeatAt: performance.now(), heartbeat: what });
  }

  // Believe the wire: what was set and what the OPEN packet says may differ (fractions are cut off).
  compareWithSettings() {
    const { pingInterval, pingTimeout } = this.advertised;
    const { pingInterval: interval, pingTimeout: timeout } = document.body.dataset;
    const differ = (set, sent) => Number.isFinite(Number(set)) && Number(set) * 1000 !== sent;
    const differs = differ(interval, pingInterval) || differ(timeout, pingTimeout);
    const note = `Set to ${interval} s and ${timeout} s, but the server advertises something else. The wire decides.`;
    show("wire_note", differs ? note : "");
  }

  recordDrop(reason, raw, willRetry) {
    const details = describe(raw);
    if (reason === "parse error") this.nonFinite += bareNonFinite(this.lastRaw);
    const silence = this.heartbeatAt === null ? null : Math.round(performance.now() - this.heartbeatAt);
    const drop = Object.freeze({ reason, details, at: new Date().toISOString(), sinceHeartbeatMs: silence });
    this.drops.push(drop);
    Object.assign(this, { sid: null, greeting: "" });
    this.showTransport(null);
    const plain = PLAIN[reason] ?? "The client gave a reason that this page does not know.";
    this.set("lost", "Connection lost", `${plain} (${[reason, details].filter(Boolean).join("; ")})`);
    show("attempt", willRetry ? "trying again" : "");
    this.listDrop(drop);
  }

  listDrop({ reason, details, at, sinceHeartbeatMs }) {
    show("drop_count", this.drops.length);
    show("no_drops", "");
    const item = document.createElement("li");
    const silence = `${seconds(sinceHeartbeatMs)} after the last heartbeat`;
    item.append(make("strong", reason), make("time", clock(Date.parse(at))));
    item.append(make("span", [details, silence].filter(Boolean).join("; "), "quiet"));
    const list = document.getElementById("drops");
    list.prepend(item);
    if (list.children.length > DROPS_SHOWN) list.lastElementChild.remove();
  }

  set(state, title, why) {
    this.state = state;
    document.getElementById("state").dataset.state = state;
    show("state", title);
    if (why !== undefined) show("why", why);
  }

  showTransport(name) {
    this.transport = name;
    show("transport", name ?? "none");
  }

  tick() {
    const now = performance.now();
    const late = now - this.lastTick - TICK_MS;
    this.lastTick = now;
    if (!document.hidden && late > 0) this.lags.push({ now, late });
    this.lags = this.lags.filter((lag) => now - lag.now < LAG_WINDOW_MS);
    show("lag", `${Math.round(Math.max(0, ...this.lags.map((lag) => lag.late)))} ms`);
    show("pings", this.pings);
    show("traffic", `${this.messages} (${size(this.bytes)})`);
    this.showBeat(now);
  }

  // The client gives up interval + timeout after the last PING (or the handshake): the bar is that budget.
  showBeat(now) {
    const beat = document.getElementById("beat");
    if (this.state !== "connected" || !this.advertised) {
      beat.dataset.zone = "idle";
      show("since", this.state === "connecting" ? "No heartbeat yet" : "No heartbeat");
      return show("limit", "");
    }
    const { pingInterval, pingTimeout } = this.advertised;
    const limit = pingInterval + pingTimeout;
    const since = now - this.heartbeatAt;
    const overdue = since - pingInterval;
    beat.dataset.zone = overdue < 0.1 * pingTimeout ? "calm" : overdue < 0.5 * pingTimeout ? "late" : "danger";
    beat.style.setProperty("--fill", Math.min(1, since / limit));
    beat.style.setProperty("--due", pingInterval / limit);
    beat.setAttribute("aria-valuemax", limit / 1000);
    beat.setAttribute("aria-valuenow", (since / 1000).toFixed(1));
    show("since", `${seconds(since)} since the ${this.heartbeat}`);
    show("limit", `gives up at ${limit / 1000} s`);
  }
}

function describe(details) {
  if (!details) return "";
  const code = details.context?.code;
  const status = details.context?.status;
  const parts = [details.message, typeof details.description === "object" ? "" : details.description];
  if (code) parts.push(`close code ${code}${CLOSE_CODES[code] ? `, ${CLOSE_CODES[code]}` : ""}`);
  if (details.context?.reason) parts.push(details.context.reason);
  if (status) parts.push(`HTTP status ${status}`);
  return [...new Set(parts.filter(Boolean).map(String))].join("; ");
}
