// Forecasts that this page asks for: when each was answered, by whom, and what the cache had.

import { seconds, show } from "./fields.js";

const NAMES = { hit: "from the cache", stale: "from the cache, and remade", shared: "shared with another client" };

export class Asking {
  constructor(socket) {
    this.socket = socket;
    this.open = new Map();
    this.asked = 0;
    this.answered = 0;
    socket.on("forecast", (job) => this.end(job));
    socket.on("forecast_error", (told) => this.end(told));
  }

  ask() {
    this.asked += 1;
    const name = `page-${this.socket.id}-${this.asked}`;
    this.open.set(name, performance.now());
    this.count();
    show("answer", "waiting");
    this.socket.emit("request_forecast", { request_id: name });
  }

  end(told) {
    const since = this.open.get(told?.request_id);
    if (since === undefined) return;
    this.open.delete(told.request_id);
    this.answered += 1;
    this.count();
    const took = seconds(performance.now() - since);
    const how = NAMES[told.cached] ?? `by ${told.executor}`;
    const made = told.forecast ? `${told.forecast.engine}, ${how}` : `${told.error} (${told.code})`;
    show("answer", `${took}: ${made}`);
    this.look();
  }

  count() {
    show("asked", `${this.asked} / ${this.answered}`);
  }

  // The server's own figure, from the page that Prometheus reads.
  async look() {
    const answer = await fetch("/metrics").catch(() => null);
    const found = /^granite_ws_cache_hit_ratio (\S+)$/m.exec(answer?.ok ? await answer.text() : "");
    show("cache", found ? `${Math.round(Number(found[1]) * 100)} % of the look-ups` : "unknown");
  }
}
