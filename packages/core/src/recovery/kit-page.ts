import { KIT_STYLE } from './kit-style'
import { adviceOf, type KitContent, LETTERS_NOTE } from './kit-text'

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** The kit as one page to print, complete in itself. Its policy forbids scripts and anything from outside. `qr` is SVG. */
export function kitPage(kit: KitContent, qr: string): string {
  const { threshold, total, index, facts, lines } = kit
  const rows = facts.map(({ name, value, isCode }) => {
    const text = escapeHtml(value)
    return `<dt>${name}</dt><dd>${isCode ? `<code>${text}</code>` : `<bdi>${text}</bdi>`}</dd>`
  })
  const advice = adviceOf(kit).map(({ title, points }) => {
    const items = points.map((point) => `<li>${escapeHtml(point)}</li>`)
    return `<section><h2>${title}</h2><ul>${items.join('')}</ul></section>`
  })
  const dots = Array.from(
    { length: total },
    (_, i) => `<i${i + 1 === index ? ' class="own"' : ''}></i>`,
  )
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width">
<title>Recovery kit, share ${index} of ${total}</title>
<style>${KIT_STYLE}</style>
</head>
<body>
<main>
<header>
<div><p class="kind">Recovery kit</p><h1>Share ${index} <span>of ${total}</span></h1></div>
<div class="count"><p class="dots">${dots.join('')}</p><p>any <b>${threshold}</b> restore the account</p></div>
</header>
<div class="top">
<dl>${rows.join('\n')}</dl>
<figure class="qr">${qr}<figcaption>The share, to scan</figcaption></figure>
</div>
<h2>The share, to type</h2>
<p class="note">${LETTERS_NOTE}</p>
<ol class="lines">
${lines.split('\n').map(lineItem).join('\n')}
</ol>
<div class="advice">${advice.join('\n')}</div>
<footer>Secret: keep this page as you would keep a key to somebody’s house.</footer>
</main>
</body>
</html>
`
}

/** Plain text between spaces, so that it can be copied from a screen. */
function lineItem(line: string): string {
  return `<li>${line.replace(/^\d+/, '<b>$&</b>')}</li>`
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character] as string)
}
