// The last points, their rolling mean, the anomalies, and the newest forecast as a continuation.

import { make, moment, number } from "./fields.js";

const WINDOW = 300;
const TABLE_ROWS = 12;
const time = (item) => Date.parse(item?.timestamp);
const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export class Chart {
  constructor(root, table) {
    Object.assign(this, { root, table, points: [], forecast: [], drops: [], plot: null, arrivals: 0, due: false });
    this.connectedAt = 0;
    table.addEventListener("toggle", () => this.draw());
    if (!window.uPlot) {
      table.open = true;
      return;
    }
    new ResizeObserver(() => this.plot?.setSize(this.extent())).observe(root);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.rebuild());
  }

  add(point, mean, anomaly) {
    const row = this.row(point, mean?.value, anomaly?.is_anomaly);
    if (!row) return;
    // A time at or before the oldest one shown: the server began its series again.
    if (this.points.length > 1 && row.t <= this.points[0].t) this.clear();
    const newest = this.points.at(-1)?.t ?? -Infinity;
    if (row.t > newest) this.points.push(row);
    if (this.points.length > WINDOW) this.points.shift();
    this.draw();
  }

  row(point, mean, anomaly) {
    const t = time(point);
    if (!Number.isFinite(t)) return null;
    const finite = (value) => (Number.isFinite(value) ? value : null);
    return { t, value: finite(point.value), mean: finite(mean), anomaly: Boolean(anomaly), n: ++this.arrivals };
  }

  setForecast(forecast) {
    this.forecast = (forecast?.predictions ?? [])
      .map((step) => ({ t: time(step), value: Number.isFinite(step.value) ? step.value : null }))
      .filter((step) => Number.isFinite(step.t));
    this.draw();
  }

  // The server's history replaces what came before this connection; what came during it stays.
  load({ data = [], forecasts = [], rolling_mean = [] }) {
    const means = new Map(rolling_mean.map((item) => [item.timestamp, item.value]));
    const since = this.connectedAt;
    const past = data.slice(-WINDOW)
      .map((item) => this.row(item, means.get(item.timestamp), item.is_anomaly ?? item.anomaly?.is_anomaly))
      .filter(Boolean);
    if (past.length) {
      const newest = past.at(-1).t;
      this.points = [...past, ...this.points.filter((row) => row.n > since && row.t > newest)].slice(-WINDOW);
      this.drops = this.drops.filter((t) => t <= this.points.at(-1).t);
    }
    if (forecasts.length) this.setForecast(forecasts.at(-1));
    this.draw();
  }

  connected() { this.connectedAt = this.arrivals; }

  markDrop() {
    if (this.points.length) this.drops.push(this.points.at(-1).t);
    this.draw();
  }

  clear() {
    Object.assign(this, { points: [], forecast: [], drops: [] });
    this.draw();
  }

  draw() {
    if (this.due) return;
    this.due = true;
    requestAnimationFrame(() => {
      this.due = false;
      document.body.classList.toggle("has-points", this.points.length > 0);
      if (this.table.open) this.fillTable();
      if (!window.uPlot || !this.points.length) this.drop();
      else if (this.plot) this.plot.setData(this.columns());
      else this.rebuild();
    });
  }

  drop() {
    this.plot?.destroy();
    this.plot = null;
  }

  // undefined means "no sample at this time" and is bridged; null is a true gap.
  columns() {
    const rows = new Map();
    const put = (t, column, value) => {
      if (!rows.has(t)) rows.set(t, new Array(4));
      rows.get(t)[column] = value;
    };
    for (const { t, value, mean, anomaly } of this.points) {
      put(t, 0, value);
      put(t, 1, mean);
      if (anomaly) put(t, 2, value);
    }
    const from = this.forecast[0]?.t;
    const anchor = this.points.findLast((row) => row.t < from);
    if (anchor) put(anchor.t, 3, anchor.value);
    // A forecast that lies wholly before the window has nothing to say any more.
    const oldest = this.points[0].t;
    for (const { t, value } of this.forecast) if (t >= oldest) put(t, 3, value);
    const times = [...rows.keys()].sort((a, b) => a - b);
    return [times.map((t) => t / 1000), ...[0, 1, 2, 3].map((column) => times.map((t) => rows.get(t)[column]))];
  }

  extent() {
    return { width: Math.max(240, this.root.clientWidth), height: this.root.clientWidth < 520 ? 260 : 360 };
  }

  rebuild() {
    this.drop();
    if (!this.points.length) return;
    const ink = { muted: css("--muted"), grid: css("--line"), card: css("--card") };
    const line = (label, color, extra) =>
      ({ label, stroke: css(color), width: 1.75, value: (_, v) => number(v), points: { show: false }, ...extra });
    const axis = { stroke: ink.muted, font: "12px system-ui, sans-serif", ticks: { show: false } };
    this.plot = new uPlot({
      ...this.extent(),
      cursor: { points: { size: 7 }, drag: { x: true, y: false } },
      hooks: { drawClear: [(u) => this.wash(u)], draw: [(u) => this.drawDrops(u)] },
      axes: [
        { ...axis, grid: { show: false }, space: 76, values: timeLabels },
        { ...axis, grid: { stroke: ink.grid, width: 1 }, values: (_, splits) => splits.map(number),
          size: (_, labels) => 18 + 7 * Math.max(2, ...(labels ?? []).map((label) => label.length)) },
      ],
      series: [
        { label: "Time", value: (_, t) => (t == null ? "–" : moment(t * 1000)) },
        line("Value", "--value", { points: { size: 4, fill: css("--value") } }),
        line("Rolling mean", "--mean"),
        line("Anomaly", "--anomaly", {
          paths: () => null, points: { show: true, size: 10, width: 2, stroke: css("--anomaly"), fill: ink.card },
        }),
        line("Forecast", "--forecast", { dash: [7, 4], width: 2 }),
      ],
    }, this.columns(), this.root);
  }

  // The time of the forecast is tinted, so that what is and what may be are told apart without colour vision.
  wash(u) {
    if (!this.forecast.length) return;
    const { left, top, width, height } = u.bbox;
    const x = Math.max(left, u.valToPos(this.forecast[0].t / 1000, "x", true));
    u.ctx.fillStyle = css("--forecast-wash");
    u.ctx.fillRect(x, top, Math.max(0, left + width - x), height);
  }

  drawDrops(u) {
    const { ctx, bbox: { left, top, width, height } } = u;
    ctx.save();
    Object.assign(ctx, { strokeStyle: css("--bad"), fillStyle: css("--bad"), lineWidth: devicePixelRatio });
    ctx.setLineDash([2 * devicePixelRatio, 3 * devicePixelRatio]);
    for (const t of this.drops) {
      const x = u.valToPos(t / 1000, "x", true);
      if (x < left || x > left + width) continue;
      ctx.beginPath();
      ctx.moveTo(x, top);
      ctx.lineTo(x, top + height);
      ctx.stroke();
    }
    ctx.restore();
  }

  fillTable() {
    const rows = this.points.slice(-TABLE_ROWS).reverse().map((row) => {
      const tr = document.createElement("tr");
      const cells = [moment(row.t), number(row.value), number(row.mean), row.anomaly ? "yes" : ""];
      tr.append(...cells.map((text) => make("td", text)));
      return tr;
    });
    this.table.querySelector("tbody").replaceChildren(...rows);
  }
}

// 24-hour labels; the day is written under the first one and wherever it changes.
function timeLabels(_, splits, __, ___, step) {
  let shown = null;
  return splits.map((t) => {
    const date = new Date(t * 1000);
    const day = date.toLocaleDateString("en-GB", { day: "numeric", month: "short" });
    if (step >= 28 * 86400) return date.toLocaleDateString("en-GB", { month: "short", year: "numeric" });
    if (step >= 86400) return day;
    const hour = date.toLocaleTimeString("en-GB").slice(0, step < 60 ? 8 : 5);
    const label = day === shown ? hour : `${hour}\n${day}`;
    shown = day;
    return label;
  });
}
