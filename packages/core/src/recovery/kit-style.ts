/** The style sheet of a kit: one page of A4 or Letter, legible in black and white, and on a screen. */
export const KIT_STYLE = `
@page { size: auto; margin: 11mm 14mm }
* { box-sizing: border-box; margin: 0; padding: 0 }
html { --ink: #16202c; --soft: #5b6877; --line: #d5dce4; --accent: #0b5c63; --wash: #f3f6f8;
  color: var(--ink); background: #e9edf1; font: 9.6pt/1.42 "Inter", "Segoe UI", "Helvetica Neue", Arial, sans-serif;
  -webkit-print-color-adjust: exact; print-color-adjust: exact }
main { width: 182mm; margin: 10mm auto; padding: 11mm 12mm 9mm; background: #fff; border-radius: 3mm; box-shadow: 0 1mm 6mm #16202c22 }
code, .lines { font-family: "JetBrains Mono", "SF Mono", "Cascadia Mono", Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace; font-variant-ligatures: none }
header { display: flex; justify-content: space-between; align-items: flex-end; padding-bottom: 3.5mm; border-bottom: .7mm solid var(--accent) }
.kind, h2 { color: var(--accent); font-size: 8pt; font-weight: 700; letter-spacing: .09em; text-transform: uppercase }
h1 { font-size: 25pt; line-height: 1.1; letter-spacing: -.015em }
h1 span { color: var(--soft); font-weight: 400 }
.count { text-align: right; color: var(--soft) }
.count b { color: var(--ink) }
.dots { display: flex; justify-content: flex-end; gap: 1.6mm; margin-bottom: 1.4mm }
.dots i { width: 3.4mm; height: 3.4mm; border: .4mm solid var(--accent); border-radius: 50% }
.dots .own { background: var(--accent) }
.top { display: flex; gap: 8mm; margin: 4mm 0 }
dl { flex: 1; display: grid; grid-template-columns: 21mm 1fr; gap: 1.2mm 2mm; align-content: start; align-items: baseline }
dt { color: var(--soft) }
dd { overflow-wrap: anywhere }
dd code { display: block; max-width: 41ch; font-size: 8pt; line-height: 1.4 }
.qr { width: 56mm; flex: none; text-align: center; color: var(--soft); font-size: 8pt }
.qr svg { display: block; width: 56mm; height: 56mm; background: #fff; shape-rendering: crispEdges }
.lines { margin: 1.5mm 0 4.5mm; padding: 3mm 5mm; list-style: none; background: var(--wash); border: .25mm solid var(--line); border-radius: 2mm; font-size: 12.5pt; line-height: 1.5 }
.lines li { white-space: nowrap; letter-spacing: .05em; word-spacing: 4mm }
.lines b { display: inline-block; width: 12mm; color: var(--accent) }
.note { color: var(--soft); font-size: 8pt }
.advice { display: grid; grid-template-columns: repeat(3, 1fr); gap: 6mm; padding-top: 3.5mm; border-top: .25mm solid var(--line) }
.advice ul { margin-top: 1.2mm; list-style: none }
.advice li { margin-bottom: 1.5mm; font-size: 8.6pt; line-height: 1.38; overflow-wrap: anywhere }
footer { margin-top: 3mm; padding-top: 2.5mm; border-top: .25mm solid var(--line); color: var(--soft); font-size: 8pt; text-align: center }
@media print {
  html { background: #fff }
  main { width: auto; margin: 0; padding: 0; border-radius: 0; box-shadow: none }
}
@media (max-width: 190mm) and (not print) { main { width: auto; margin: 0; border-radius: 0 } .top { flex-wrap: wrap } .lines { overflow-x: auto } .advice { grid-template-columns: 1fr } }
`
