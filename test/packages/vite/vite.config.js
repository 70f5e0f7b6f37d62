// The preload polyfill would want a document, and check.js runs the bundle in Node.
export default { build: { modulePreload: { polyfill: false } }, logLevel: 'warn' }
