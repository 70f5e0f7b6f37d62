// Preloading would want a document, and check.js runs the bundle in Node.
export default { build: { modulePreload: false }, logLevel: 'warn' }
