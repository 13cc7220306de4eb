"use strict";

// The data is in columns; times are in microseconds. Sums of differences give
// the operations their start and their place in the history.
const data = JSON.parse(document.getElementById("data").textContent);
const points = data.points;
const sums = (list) => { let sum = 0; return list.map((d) => (sum += d)); };
points.start = sums(points.start);
points.place = sums(points.place);
const longest = points.took.reduce((a, b) => Math.max(a, b), 0);
const { marks, faults, rows, states, lanes } = data;
const ends = ["ok", "fail", "info"];
const words = { ok: "done", fail: "refused", info: "outcome unknown" };

// view is the part of the run that is shown.
const whole = { from: 0, to: Math.max(data.end, 1) };
let view = { ...whole };

const charts = document.getElementById("charts");
const cursor = document.getElementById("cursor");
const readout = document.getElementById("readout");
const gutter = 52, right = 8, axisHeight = 18;

const seconds = (t) => (t / 1e6).toFixed(3) + " s";
const length = (t) => (t >= 1e6 ? (t / 1e6).toFixed(2) + " s" : (t / 1e3).toFixed(1) + " ms");
const color = (name) => getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
const faultColor = (f) => color("c" + (f.name % 8));

// Plot is a canvas with the common time axis: the height of what it shows is its
// own, and draw paints it.
class Plot {
	constructor(id, height, draw) {
		this.canvas = document.getElementById(id);
		this.id = id;
		this.height = height;
		this.draw = draw;
	}
	paint() {
		const scale = window.devicePixelRatio || 1;
		this.width = this.canvas.clientWidth;
		this.canvas.style.height = this.height + axisHeight + "px";
		this.canvas.width = this.width * scale;
		this.canvas.height = (this.height + axisHeight) * scale;
		const g = (this.g = this.canvas.getContext("2d"));
		g.scale(scale, scale);
		g.font = "12px system-ui, sans-serif";
		g.textBaseline = "middle";
		this.axis();
		g.save();
		this.clip();
		this.draw(this, g);
		this.findings();
		g.restore();
	}
	clip() {
		this.g.beginPath();
		this.g.rect(gutter, 0, this.width - gutter - right, this.height);
		this.g.clip();
	}
	x(t) { return gutter + ((t - view.from) / (view.to - view.from)) * (this.width - gutter - right); }
	time(x) { return view.from + ((x - gutter) / (this.width - gutter - right)) * (view.to - view.from); }
	// span returns the left edge and the width of an interval, one pixel at least.
	span(from, to) {
		const left = this.x(from);
		return [left, Math.max(this.x(to) - left, 1)];
	}
	axis() {
		const g = this.g, step = niceStep((view.to - view.from) / Math.max(2, this.width / 110));
		g.fillStyle = color("soft");
		g.textAlign = "center";
		for (let t = Math.ceil(view.from / step) * step; t <= view.to; t += step) {
			const x = this.x(t);
			g.globalAlpha = 0.15;
			g.fillRect(x, 0, 1, this.height);
			g.globalAlpha = 1;
			const label = (t / 1e6).toFixed(step >= 1e6 ? 0 : step >= 1e5 ? 1 : step >= 1e4 ? 2 : 3) + " s";
			if (x < this.width - 20) g.fillText(label, x, this.height + 10);
		}
	}
	// label writes to the left of the plot.
	label(text, y) {
		const g = this.g;
		g.restore();
		g.fillStyle = color("soft");
		g.textAlign = "right";
		g.fillText(text, gutter - 6, y);
		g.save();
		this.clip();
	}
	// shades are the faults behind what is plotted.
	shades() {
		const g = this.g;
		g.globalAlpha = 0.13;
		for (const f of faults) {
			if (f.end < view.from || f.start > view.to) continue;
			g.fillStyle = faultColor(f);
			const [left, width] = this.span(f.start, f.end);
			g.fillRect(left, 0, width, this.height);
		}
		g.globalAlpha = 1;
	}
	findings() {
		const g = this.g;
		g.strokeStyle = color("fail");
		g.lineWidth = 1.5;
		g.setLineDash([4, 3]);
		for (const mark of marks) {
			g.beginPath();
			g.moveTo(this.x(mark.at), 0);
			g.lineTo(this.x(mark.at), this.height);
			g.stroke();
		}
		g.setLineDash([]);
		g.lineWidth = 1;
	}
}

// niceStep returns the least of 1, 2, 5, 10 ... that is not less.
function niceStep(least) {
	const power = 10 ** Math.floor(Math.log10(Math.max(least, 1)));
	return [1, 2, 5, 10].map((n) => n * power).find((n) => n >= least);
}

// fit writes text into a box if there is room for it.
function fit(g, texts, left, width, y) {
	const from = Math.max(left, gutter), room = left + width - from - 6;
	const text = texts.find((text) => g.measureText(text).width <= room);
	if (!text) return;
	g.textAlign = "left";
	g.fillText(text, from + 3, y);
}

const faultRow = 20;
const faultPlot = new Plot("faults", Math.max(1, rows.length) * faultRow, (plot, g) => {
	rows.forEach((row, i) => row && plot.label(row, i * faultRow + faultRow / 2));
	for (const f of faults) {
		const [left, width] = plot.span(f.start, f.end), y = f.row * faultRow;
		g.fillStyle = faultColor(f);
		g.fillRect(left, y + 2, width, faultRow - 4);
		g.fillStyle = color("paper");
		fit(g, [f.text, f.text.includes("leader") ? data.names[f.name] + ", leader" : "", data.names[f.name]].filter(Boolean), left, width, y + faultRow / 2);
	}
});

const stateRow = 18, behindRow = 22, nodeRow = stateRow + behindRow + 6;
const mostBehind = states.flat().reduce((most, s) => Math.max(most, s.behind), 100);
const roleText = (s) => (s.role === "silent" ? "does not answer in time" : `${s.role}, term ${s.term}` + (s.ready ? "" : ", not ready"));
const nodePlot = new Plot("nodes", Math.max(1, data.nodes.length) * nodeRow, (plot, g) => {
	data.nodes.forEach((node, n) => {
		const y = n * nodeRow;
		plot.label(node, y + stateRow / 2);
		plot.label(String(mostBehind), y + stateRow + 8);
		for (const s of joined(states[n])) {
			const [left, width] = plot.span(s.start, s.end);
			g.globalAlpha = s.ready || s.role === "silent" ? 1 : 0.5;
			g.fillStyle = color(s.role) || color("line");
			g.fillRect(left, y + 1, width, stateRow - 2);
			g.globalAlpha = 1;
			g.fillStyle = color(s.role === "follower" ? "ink" : "paper");
			fit(g, s.role === "silent" ? ["does not answer", "silent"] : [roleText(s), "term " + s.term], left, width, y + stateRow / 2);
		}
		g.fillStyle = color("behind");
		for (const s of states[n]) {
			const [left, width] = plot.span(s.start, s.end), tall = (s.behind / mostBehind) * behindRow;
			if (tall >= 0.5) g.fillRect(left, y + stateRow + behindRow - tall, width, tall);
		}
	});
});

// joined puts states together that differ only in how far the node is behind.
function joined(list) {
	const runs = [];
	for (const s of list) {
		const last = runs[runs.length - 1];
		if (last && last.role === s.role && last.term === s.term && last.ready === s.ready) last.end = s.end;
		else runs.push({ ...s });
	}
	return runs;
}

const ratePlot = new Plot("rate", 130, (plot, g) => {
	plot.shades();
	const b = data.buckets, inView = (i) => (i + 1) * b.width >= view.from && i * b.width <= view.to;
	const sum = (i) => b.ok[i] + b.refused[i] + b.unknown[i];
	let most = 1;
	b.ok.forEach((_, i) => inView(i) && (most = Math.max(most, sum(i))));
	const top = niceStep((most * 1e6) / b.width), high = (n) => ((n * 1e6) / b.width / top) * plot.height;
	b.ok.forEach((_, i) => {
		if (!inView(i)) return;
		const [left, width] = plot.span(i * b.width, (i + 1) * b.width);
		let y = plot.height;
		for (const [count, name] of [[b.ok[i], "ok"], [b.refused[i], "refused"], [b.unknown[i], "unknown"]]) {
			g.fillStyle = color(name);
			y -= high(count);
			g.fillRect(left, y, width - (width > 3 ? 0.5 : 0), high(count));
		}
	});
	g.fillStyle = color("ink");
	for (const outage of data.outages) {
		const [left, width] = plot.span(outage.start, outage.end);
		g.fillRect(left, 0, width, 4);
		fit(g, ["no write for " + length(outage.end - outage.start), length(outage.end - outage.start)], left, width, 13);
	}
	plot.label(String(top), 8);
	plot.label(String(top / 2), plot.height / 2);
});

// The latency axis goes from a tenth of a millisecond to ten seconds.
const fastest = 100, decades = 5;
const latencyPlot = new Plot("latency", 150, (plot, g) => {
	plot.shades();
	for (let d = 0; d <= decades; d++) {
		const y = latencyY(plot, fastest * 10 ** d);
		g.fillStyle = color("line");
		g.fillRect(gutter, y, plot.width, 1);
		plot.label(["0.1 ms", "1 ms", "10 ms", "100 ms", "1 s", "10 s"][d], Math.min(Math.max(y, 6), plot.height - 6));
	}
	eachEnd(g, (i) => g.fillRect(plot.x(points.start[i] + points.took[i]) - 1, latencyY(plot, points.took[i]) - 1, 2, 2), 0.45);
	curve(plot, g, data.buckets.p50, color("paper"), 4);
	curve(plot, g, data.buckets.p50, color("ok"), 2);
	curve(plot, g, data.buckets.p99, color("fail"), 1.5);
});

const latencyY = (plot, t) => plot.height * (1 - Math.log10(Math.max(t, fastest) / fastest) / decades);

// curve draws one value a bucket, with gaps where there is none.
function curve(plot, g, values, stroke, width) {
	g.strokeStyle = stroke;
	g.lineWidth = width;
	g.beginPath();
	let down = false;
	values.forEach((value, i) => {
		const x = plot.x((i + 0.5) * data.buckets.width), y = latencyY(plot, value);
		if (value && down) g.lineTo(x, y);
		else if (value) g.moveTo(x, y);
		down = value > 0;
	});
	g.stroke();
	g.lineWidth = 1;
}

const laneRow = Math.max(6, Math.min(14, 240 / Math.max(1, lanes.length)));
const clientPlot = new Plot("clients", Math.max(1, lanes.length) * laneRow, (plot, g) => {
	plot.shades();
	lanes.forEach((lane, i) => laneRow >= 11 && plot.label(lane, i * laneRow + laneRow / 2));
	eachEnd(g, (i) => {
		const [left, width] = plot.span(points.start[i], points.start[i] + points.took[i]);
		g.fillRect(left, points.lane[i] * laneRow + 1, width, laneRow - 2);
	}, 1);
});

// visible returns the first and the last operation that can be in view.
function visible() {
	const first = bound(points.start, view.from - longest), last = bound(points.start, view.to);
	return [first, last];
}

function bound(list, value) {
	let low = 0, high = list.length;
	while (low < high) {
		const middle = (low + high) >> 1;
		if (list[middle] < value) low = middle + 1;
		else high = middle;
	}
	return low;
}

// eachEnd paints the operations in view, those of one end after those of another.
function eachEnd(g, paint, alpha) {
	const [first, last] = visible();
	for (const end of ends) {
		g.fillStyle = color({ ok: "ok", fail: "refused", info: "unknown" }[end]);
		g.globalAlpha = end === "ok" ? alpha : Math.min(1, alpha * 2);
		for (let i = first; i < last; i++) if (points.kinds[points.what[i]].kind === end) paint(i);
	}
	g.globalAlpha = 1;
}

// Nodes have a plot if they were sampled.
const sampled = states.some((list) => list.length > 0);
const plots = [faultPlot, nodePlot, ratePlot, latencyPlot, clientPlot].filter((plot) => sampled || plot !== nodePlot);
nodePlot.canvas.parentElement.hidden = !sampled;

function paint() {
	plots.forEach((plot) => plot.paint());
	document.getElementById("range").textContent = `${seconds(view.from)} to ${seconds(view.to)}`;
}

let waiting = false;
function repaint() {
	if (waiting) return;
	waiting = true;
	requestAnimationFrame(() => { waiting = false; paint(); });
}

// show brings a part of the run into view, ten milliseconds of it at least.
function show(from, to) {
	const size = Math.min(Math.max(to - from, 1e4), whole.to);
	from = Math.min(Math.max(from, 0), whole.to - size);
	view = { from, to: from + size };
	cursor.hidden = true;
	repaint();
}

function zoom(factor) {
	const middle = (view.from + view.to) / 2, half = ((view.to - view.from) * factor) / 2;
	show(middle - half, middle + half);
}

function move(part) {
	const by = (view.to - view.from) * part;
	show(view.from + by, view.to + by);
}

let current = -1;
function find(step) {
	if (marks.length === 0) return;
	current = (current + step + marks.length) % marks.length;
	showMark(marks[current]);
}

function showMark(mark) {
	current = marks.indexOf(mark);
	show(mark.at - 1e6, mark.at + 5e5);
	readout.textContent = `Finding at ${seconds(mark.at)}: ${mark.text}`;
}

const actions = {
	in: () => zoom(0.5), out: () => zoom(2), left: () => move(-0.3), right: () => move(0.3),
	all: () => show(whole.from, whole.to), next: () => find(1), previous: () => find(current < 0 ? 0 : -1),
};
const keys = { "+": "in", "=": "in", "-": "out", ArrowLeft: "left", ArrowRight: "right", 0: "all", n: "next", p: "previous" };

// describe says what is at a place of a plot.
function describe(plot, x, y) {
	const t = plot.time(x), near = (view.to - view.from) / plot.width * 5;
	const at = (s) => t >= s.start - near / 5 && t <= s.end + near / 5;
	const mark = marks.find((m) => Math.abs(m.at - t) < near);
	const lines = [seconds(t)];
	if (mark) lines.push("finding: " + mark.text);
	if (plot === nodePlot) {
		const n = Math.floor(y / nodeRow), s = states[n]?.find(at);
		if (s) lines.push(`node ${data.nodes[n]}: ${roleText(s)}, ${s.behind} revisions behind`);
	}
	for (const o of data.outages.filter(at)) lines.push(`no acknowledged write for ${length(o.end - o.start)}`);
	if (plot === ratePlot) {
		const b = data.buckets, i = Math.floor(t / b.width);
		if (i < b.ok.length) lines.push(`in ${length(b.width)}: ${b.ok[i]} done, ${b.refused[i]} refused, ${b.unknown[i]} unknown`);
	}
	if (plot === latencyPlot || plot === clientPlot) lines.push(...operation(plot, x, y));
	for (const f of faults.filter(at)) lines.push(f.text);
	return lines.join(" · ");
}

// operation describes the nearest one, if it is close.
function operation(plot, x, y) {
	const [first, last] = visible();
	let best = -1, least = 12;
	for (let i = first; i < last; i++) {
		const distance = plot === latencyPlot ? latencyDistance(plot, i, x, y) : clientDistance(plot, i, x, y);
		if (distance < least) [best, least] = [i, distance];
	}
	if (best < 0) return [];
	const what = points.kinds[points.what[best]];
	return [
		`${what.function} of ${what.workload} on node ${what.node}, client ${lanes[points.lane[best]]}: ${words[what.kind]}` +
		`${what.code ? " with " + what.code : ""} after ${length(points.took[best])}, event ${points.place[best]} of history.jsonl`,
	];
}

function latencyDistance(plot, i, x, y) {
	return Math.hypot(plot.x(points.start[i] + points.took[i]) - x, latencyY(plot, points.took[i]) - y);
}

function clientDistance(plot, i, x, y) {
	if (points.lane[i] !== Math.floor(y / laneRow)) return Infinity;
	const [left, width] = plot.span(points.start[i], points.start[i] + points.took[i]);
	return Math.max(left - x, x - left - width, 0);
}

// place puts the cursor over all plots, from one place to another.
function place(from, to) {
	cursor.hidden = false;
	cursor.style.left = Math.min(from, to) + "px";
	cursor.style.width = Math.abs(to - from) + "px";
}

let grip = null;
const plotOf = (event) => plots.find((plot) => plot.canvas === event.target);
const placeIn = (event) => event.clientX - charts.getBoundingClientRect().left;

charts.addEventListener("pointerdown", (event) => {
	if (plotOf(event) && event.button === 0) grip = placeIn(event);
});
charts.addEventListener("pointermove", (event) => {
	const plot = plotOf(event);
	if (!plot) return;
	place(grip ?? placeIn(event), placeIn(event));
	readout.textContent = describe(plot, event.offsetX, event.offsetY);
});
window.addEventListener("pointerup", (event) => {
	if (grip === null) return;
	const from = Math.min(grip, placeIn(event)), to = Math.max(grip, placeIn(event));
	grip = null;
	if (to - from > 5) show(faultPlot.time(Math.max(from, gutter)), faultPlot.time(to));
});
charts.addEventListener("pointerleave", () => { if (grip === null) cursor.hidden = true; });
charts.addEventListener("dblclick", actions.all);
charts.addEventListener("wheel", (event) => {
	if (!event.ctrlKey && !event.metaKey) return;
	event.preventDefault();
	zoom(event.deltaY > 0 ? 1.25 : 0.8);
}, { passive: false });
charts.addEventListener("keydown", (event) => {
	const action = keys[event.key];
	if (!action || event.ctrlKey || event.metaKey || event.altKey) return;
	event.preventDefault();
	actions[action]();
});

for (const button of document.querySelectorAll("[data-do]")) button.addEventListener("click", actions[button.dataset.do]);
for (const button of document.querySelectorAll("[data-show]")) {
	button.addEventListener("click", () => {
		showMark(marks.find((mark) => mark.id === button.dataset.show));
		document.getElementById("timeline").scrollIntoView();
	});
}
for (const button of document.querySelectorAll("[data-copy]")) {
	button.addEventListener("click", () => {
		const code = button.parentElement.querySelector("code");
		getSelection().selectAllChildren(code);
		if (navigator.clipboard) navigator.clipboard.writeText(code.textContent).then(() => { button.textContent = "Copied"; });
	});
}

document.getElementById("names").append(...data.names.map((name, i) => {
	const key = document.createElement("span");
	key.className = "key";
	key.style.setProperty("--colour", `var(--c${i % 8})`);
	key.textContent = name;
	return key;
}));
new ResizeObserver(repaint).observe(charts);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
paint();
