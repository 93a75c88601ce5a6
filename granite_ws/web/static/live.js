// The live page: events in, fields and chart out. Without the Socket.IO client it lives on plain HTTP alone.

import { Asking } from "./asking.js";
import { Chart } from "./chart.js";
import { bareNonFinite, clock, countNonFinite, make, number, show } from "./fields.js";
import { Health } from "./health.js";

const CALM_POLL_MS = 10_000;
const EAGER_POLL_MS = 2_000;
const HTTP_LIMIT_MS = 5_000;
const START_GRACE_MS = 3_000;

const byId = (id) => document.getElementById(id);
const buttons = { start: byId("start"), stop: byId("stop"), reset: byId("reset"), ask: byId("ask") };
const chart = new Chart(byId("chart"), byId("table"));
const health = new Health();
const seen = {
  running: null, points: 0, forecasts: 0, missed: 0, iteration: null, nonFinite: 0, lastForecast: null, startedAt: -Infinity,
  model: null, engine: "",
};

// Read-only, for tests and for the curious: the page's own counts.
window.graniteWs = Object.freeze({
  get connected() { return health.state === "connected"; },
  get sid() { return health.sid; },
  get transport() { return health.transport; },
  get drops() { return [...health.drops]; },
  get forecasts() { return seen.forecasts; },
  get points() { return seen.points; },
  get nonFinite() { return seen.nonFinite + health.nonFinite; },
  get lastForecast() { return structuredClone(seen.lastForecast); },
  get pings() { return health.pings; },
});

function connect() {
  const wanted = new URLSearchParams(location.search).get("transports")?.split(",") ?? [];
  const transports = wanted.filter((name) => name === "polling" || name === "websocket");
  // The client's defaults are part of what is studied: ?transports=websocket is the one way to change them.
  const socket = io(transports.length ? { transports } : {});
  health.follow(socket, {
    onUp() {
      chart.connected();
      byId("reconnect").hidden = true;
      refresh({ history: true });
      showButtons();
    },
    onDown() {
      chart.markDrop();
      seen.running = null;
      show("running", "unknown");
      byId("reconnect").hidden = socket.active;
      showButtons();
    },
  });
  socket.onAny((_, ...payloads) => { seen.nonFinite += countNonFinite(payloads); });
  socket.on("connected", ({ message }) => health.greet(message ?? ""));
  socket.on("new_data", receive);
  socket.on("status_changed", ({ running }) => showRunning(running));
  socket.on("data_reset", forget);
  const asking = new Asking(socket);
  whenPressed(buttons.ask, () => asking.ask());
  byId("reconnect").addEventListener("click", () => {
    socket.connect();
    health.watch(socket.io.engine);
  });
  whenPressed(buttons.start, () => {
    seen.startedAt = performance.now();
    showButtons();
    setTimeout(showButtons, START_GRACE_MS);
    socket.emit("start_processing");
  });
  whenPressed(buttons.stop, () => socket.emit("stop_processing"));
  whenPressed(buttons.reset, () => socket.emit("reset_data"));
}

// aria-disabled rather than disabled: the focus stays where the keyboard left it.
function whenPressed(button, act) {
  button.addEventListener("click", () => {
    if (button.getAttribute("aria-disabled") !== "true") act();
  });
}

function showButtons() {
  const up = health.state === "connected";
  // A second start would ask for a second loop; until the server answers, one is enough.
  const starting = performance.now() - seen.startedAt < START_GRACE_MS - 50;
  const allow = (button, allowed) => button.setAttribute("aria-disabled", String(!allowed));
  allow(buttons.start, up && !seen.running && !starting);
  allow(buttons.stop, up && seen.running !== false);
  allow(buttons.reset, up);
  allow(buttons.ask, up);
}

function showRunning(running) {
  seen.running = Boolean(running);
  if (!running) seen.startedAt = -Infinity;
  show("running", running ? "running" : "stopped");
  showButtons();
}

function receive({ point, forecast, anomaly, rolling_mean, stats, iteration }) {
  seen.points += 1;
  if (Number.isInteger(seen.iteration) && iteration > seen.iteration + 1) seen.missed += iteration - seen.iteration - 1;
  seen.iteration = iteration;
  show("points", `${seen.points} / ${seen.missed}`);
  showCounters(stats);
  chart.add(point, rolling_mean, anomaly);
  if (anomaly?.is_anomaly) showAnomaly(point, anomaly.info);
  if (forecast) {
    seen.forecasts += 1;
    show("forecasts", seen.forecasts);
    chart.setForecast(forecast);
    showForecast(forecast);
  }
  if (!seen.running) showRunning(true);
}

function forget() {
  chart.clear();
  Object.assign(seen, { iteration: null, lastForecast: null });
  showCounters({ total_points: 0, anomaly_count: 0, total_predictions: 0 });
  show("anomaly", "");
  show("last_forecast", "none");
  show("fallback", "");
}

function showCounters(stats) {
  for (const name of ["total_points", "anomaly_count", "total_predictions"]) {
    if (Number.isFinite(stats?.[name])) show(name, stats[name].toLocaleString("en"));
  }
}

function showAnomaly(point, info) {
  const detail = info ? `: ${number(info.deviation)} from the mean ${number(info.mean)}, ${info.severity}` : "";
  show("anomaly", `Last anomaly: ${number(point.value)} at ${clock(Date.parse(point.timestamp))}${detail}.`);
}

function showForecast(forecast) {
  const changed = forecast.model !== seen.lastForecast?.model;
  seen.lastForecast = forecast;
  const steps = forecast.predictions?.length ?? 0;
  show("last_forecast", `${steps} steps from ${forecast.context_size} points, ${clock(Date.parse(forecast.forecast_timestamp))}`);
  show("model_name", forecast.model ?? "unknown");
  show("fallback", forecast.fallback_reason ? `Fallback: ${forecast.fallback_reason}` : "");
  labelModel(forecast);
  if (changed) refresh({ history: false });
}

// Demo weights are never passed off as the real ones.
function labelModel({ model, model_type }) {
  const demo = /demo/i.test(`${seen.engine} ${model}`) ? "demo weights" : "";
  show("model_label", model_type === "statistical" ? "statistical fallback" : demo);
}

function showModel(info) {
  seen.model = info?.state ?? null;
  if (!info) return;
  show("model_state", info.state ?? "unknown");
  show("last_engine", info.last_forecast_engine ?? (info.engine ? `none yet (${info.engine} is next)` : "no forecast yet"));
  if (!seen.lastForecast) {
    show("model_name", info.model ?? "unknown");
  }
  seen.engine = info.last_forecast_engine ?? info.engine;
  labelModel(seen.lastForecast ?? info);
  const skipped = info.skipped ?? [];
  byId("skipped").hidden = !skipped.length;
  byId("skipped").querySelector("ul").replaceChildren(...skipped.map(({ engine, reason }) => {
    const item = document.createElement("li");
    item.append(make("strong", engine), make("span", reason, "quiet"));
    return item;
  }));
}

// Whether plain HTTP still answers while the WebSocket is gone is itself a clue.
async function ask(path) {
  const from = performance.now();
  const answer = await fetch(path, { signal: AbortSignal.timeout(HTTP_LIMIT_MS), cache: "no-store" });
  const text = await answer.text();
  show("http", `status ${answer.status} in ${Math.round(performance.now() - from)} ms`);
  if (!answer.ok) return null;
  try {
    const value = JSON.parse(text);
    seen.nonFinite += countNonFinite(value);
    return value;
  } catch {
    const bare = bareNonFinite(text);
    seen.nonFinite += bare;
    show("http", `answered, but not in valid JSON${bare ? ` (${bare} × NaN or Infinity)` : ""}`);
    return null;
  }
}

async function refresh({ history }) {
  try {
    const status = await ask("/api/status");
    if (status) {
      showRunning(status.running);
      showCounters({ ...status, total_points: status.data_points });
      showModel(status.model_info);
    }
    const past = history ? await ask("/api/history") : null;
    if (!past) return;
    chart.load(past);
    const newest = past.forecasts?.at(-1);
    if (newest) showForecast(newest);
  } catch (error) {
    show("http", error.name === "TimeoutError" ? `no answer in ${HTTP_LIMIT_MS / 1000} s` : "no answer");
  }
}

async function poll() {
  const alone = !window.io;
  if (!document.hidden) await refresh({ history: alone });
  const eager = alone || health.state !== "connected" || seen.model === "loading";
  setTimeout(poll, eager ? EAGER_POLL_MS : CALM_POLL_MS);
}

function sayWhatIsMissing() {
  const absent = [!window.io && "socket.io.min.js", !window.uPlot && "uPlot.iife.min.js"].filter(Boolean);
  if (!absent.length) return;
  byId("missing").hidden = false;
  if (!document.querySelector('[data-field="missing"]').textContent) show("missing", absent.join(", "));
  show("missing_effect", window.io
    ? "The connection is live all the same; the points are shown as a table instead of a chart."
    : "Until then the page asks the server over plain HTTP every few seconds and shows the answer below.");
  if (window.io) return;
  health.set("offline", "No live connection", "Without the Socket.IO client this page cannot hold one; the buttons rest.");
}

sayWhatIsMissing();
if (window.io) connect();
poll();
