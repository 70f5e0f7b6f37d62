/**
 * What Redis does in one step (spec/vault.md §10). A key holds JSON, a lease `L:E:token` or a tombstone `T:E:token`; E, the
 * epoch, is within the first 50 characters of each, and what has another one counts as absent.
 */

/** Gives what is there of this epoch, else leaves a lease and gives nil. ARGV: epoch, lease, milliseconds. */
export const LOOK_UP = `
local old = redis.call('GET', KEYS[1])
if old and string.find(string.sub(old, 1, 50), ARGV[1], 1, true) then return old end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return false`

/** Puts a value where the lease still is. ARGV: lease, value, milliseconds. */
export const FILL = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1`

/** Leaves a tombstone on every key; 1 for each that had somebody else's. ARGV: tombstone, milliseconds. */
export const FENCE = `
local others = {}
for i, key in ipairs(KEYS) do
  local old = redis.call('SET', key, ARGV[1], 'PX', ARGV[2], 'GET')
  others[i] = old and string.sub(old, 1, 2) == 'T:' and old ~= ARGV[1] and 1 or 0
end
return others`

/** Deletes whatever there is but a tombstone that is not ARGV[1]. */
export const CLEAR = `
for _, key in ipairs(KEYS) do
  local old = redis.call('GET', key)
  if old and (string.sub(old, 1, 2) ~= 'T:' or old == ARGV[1]) then redis.call('DEL', key) end
end
return 1`
