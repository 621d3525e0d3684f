/**
 * What Redis does in one step, so that any number of gateways agree. Time is Redis's own. Three keys a scope:
 * requests and tokens of the last minute, by the second and with their running sum (a hash each), and who is in flight
 * until when (a sorted set).
 */

/** How far back a second counts. The second it stands in and sixty before it: never less than a minute, so never too many. */
export const WINDOW_SECONDS = 60;

const clock = `
local WINDOW = ${WINDOW_SECONDS}
local time = redis.call('TIME')
local second = tonumber(time[1])
local now = second * 1000 + math.floor(tonumber(time[2]) / 1000)
`;

// The hash keeps its own sum and the oldest second in it ("since"), so that a call touches what changed and not the minute.
const minute = `
local oldest = second - WINDOW

-- Counts anew: for a hash that lacks its sum, or was left alone for longer than the window.
local function recount(key)
  local flat = redis.call('HGETALL', key)
  local sum = 0
  for i = 1, #flat, 2 do
    local at = tonumber(flat[i])
    if at and at < oldest then redis.call('HDEL', key, flat[i]) elseif at then sum = sum + tonumber(flat[i + 1]) end
  end
  if #flat > 0 then redis.call('HSET', key, 'sum', sum, 'since', oldest) end
  return sum
end

local function sumOf(key)
  local kept = redis.call('HMGET', key, 'sum', 'since')
  local sum, since = tonumber(kept[1] or nil), tonumber(kept[2] or nil)
  if not sum or not since or oldest - since > WINDOW then return recount(key) end
  if since >= oldest then return sum end
  for at = since, oldest - 1 do
    local amount = redis.call('HGET', key, at)
    if amount then
      sum = sum - tonumber(amount)
      redis.call('HDEL', key, at)
    end
  end
  redis.call('HSET', key, 'sum', sum, 'since', oldest)
  return sum
end

local function add(key, at, amount)
  local isNew = redis.call('HINCRBY', key, at, amount) == amount
  redis.call('HINCRBY', key, 'sum', amount)
  if isNew then
    redis.call('HSETNX', key, 'since', oldest)
    redis.call('EXPIRE', key, WINDOW + 2)
  end
end

-- When enough of the oldest seconds have passed for this amount to fit.
local function wait(key, excess)
  local flat, seconds = redis.call('HGETALL', key), {}
  for i = 1, #flat, 2 do
    local at = tonumber(flat[i])
    if at then seconds[#seconds + 1] = { at, tonumber(flat[i + 1]) } end
  end
  table.sort(seconds, function(a, b) return a[1] < b[1] end)
  for _, entry in ipairs(seconds) do
    excess = excess - entry[2]
    if excess <= 0 then return (entry[1] + WINDOW + 1) * 1000 - now end
  end
  return (WINDOW + 1) * 1000
end
`;

/**
 * Does in one call what gathers in a process within one turn of its event loop, in its order. ARGV: lease ms, pause ms of a
 * full flight, then the orders; each takes as many of KEYS as it needs. Replies with a list, an entry each.
 *
 * `admit`, request id, tokens, scopes, then three limits a scope (-1: none); three keys a scope. Replies
 * {1, second, requests left, tokens left, flights left} (-1: no limit) or {0, scope, limit 1–3, retry after ms}. Nothing is
 * taken unless every scope admits.
 *
 * `release`, request id, second of admission, tokens to add (may be negative), flight keys, token keys; as many keys. Ends a
 * flight and corrects the tokens of its second.
 */
export const SETTLE = `${clock}${minute}
local lease, pause = tonumber(ARGV[1]), tonumber(ARGV[2])

local function admit(request, tokens, scopes, arg, key)
  local left = { -1, -1, -1 }
  local function keep(limit, free)
    if left[limit] == -1 or free < left[limit] then left[limit] = free end
  end
  local amounts = { 1, tokens }
  for scope = 0, scopes - 1 do
    for kind = 1, 2 do
      local limit = tonumber(ARGV[arg + scope * 3 + kind])
      if limit >= 0 then
        local free = limit - sumOf(KEYS[key + scope * 3 + kind]) - amounts[kind]
        if free < 0 then return { 0, scope, kind, wait(KEYS[key + scope * 3 + kind], -free) } end
        keep(kind, free)
      end
    end
    local most = tonumber(ARGV[arg + scope * 3 + 3])
    if most >= 0 then
      local flights = KEYS[key + scope * 3 + 3]
      redis.call('ZREMRANGEBYSCORE', flights, '-inf', now)
      local flying = redis.call('ZCARD', flights)
      if flying >= most and not redis.call('ZSCORE', flights, request) then return { 0, scope, 3, pause } end
      keep(3, math.max(most - flying - 1, 0))
    end
  end
  for scope = 0, scopes - 1 do
    for kind = 1, 2 do
      if amounts[kind] > 0 and tonumber(ARGV[arg + scope * 3 + kind]) >= 0 then
        add(KEYS[key + scope * 3 + kind], second, amounts[kind])
      end
    end
    if tonumber(ARGV[arg + scope * 3 + 3]) >= 0 then
      local flights = KEYS[key + scope * 3 + 3]
      redis.call('ZADD', flights, now + lease, request)
      redis.call('PEXPIRE', flights, lease)
    end
  end
  return { 1, second, left[1], left[2], left[3] }
end

local function release(request, at, difference, flights, tokenKeys, key)
  for i = key + 1, key + flights do redis.call('ZREM', KEYS[i], request) end
  if difference == 0 or at < oldest then return 1 end
  for i = key + flights + 1, key + flights + tokenKeys do add(KEYS[i], at, difference) end
  return 1
end

local replies, arg, key = {}, 2, 0
while arg < #ARGV do
  local request, first, second = ARGV[arg + 2], tonumber(ARGV[arg + 3]), tonumber(ARGV[arg + 4])
  if ARGV[arg + 1] == 'admit' then
    replies[#replies + 1] = admit(request, first, second, arg + 4, key)
    arg, key = arg + 4 + second * 3, key + second * 3
  else
    local flights, tokenKeys = tonumber(ARGV[arg + 5]), tonumber(ARGV[arg + 6])
    replies[#replies + 1] = release(request, first, second, flights, tokenKeys, key)
    arg, key = arg + 6, key + flights + tokenKeys
  end
end
return replies
`;

/** Keeps flights alive. KEYS: a flight key each. ARGV: lease ms, then a request id for each key. */
export const RENEW = `${clock}
local lease = tonumber(ARGV[1])
for i, key in ipairs(KEYS) do
  redis.call('ZADD', key, now + lease, ARGV[i + 1])
  redis.call('PEXPIRE', key, lease)
end
return 1
`;
