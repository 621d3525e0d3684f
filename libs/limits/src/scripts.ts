/**
 * What Redis does in one step, so that any number of gateways agree. Time is Redis's own. Three keys a scope:
 * requests and tokens of the last minute, summed by the second (a hash each), and who is in flight until when (a sorted set).
 */

/** How far back a second counts. The second it stands in and sixty before it: never less than a minute, so never too many. */
export const WINDOW_SECONDS = 60;

const window = `
local WINDOW = ${WINDOW_SECONDS}
local time = redis.call('TIME')
local second = tonumber(time[1])
local now = second * 1000 + math.floor(tonumber(time[2]) / 1000)

-- The sum of a minute and its seconds, oldest first; what is older is deleted.
local function read(key)
  local flat = redis.call('HGETALL', key)
  local sum, seconds, old = 0, {}, {}
  for i = 1, #flat, 2 do
    local at, amount = tonumber(flat[i]), tonumber(flat[i + 1])
    if at < second - WINDOW then
      old[#old + 1] = flat[i]
    else
      sum = sum + amount
      seconds[#seconds + 1] = { at, amount }
    end
  end
  if #old > 0 then redis.call('HDEL', key, unpack(old)) end
  table.sort(seconds, function(a, b) return a[1] < b[1] end)
  return sum, seconds
end

local function add(key, at, amount)
  redis.call('HINCRBY', key, at, amount)
  redis.call('EXPIRE', key, WINDOW + 2)
end
`;

/**
 * KEYS: three a scope. ARGV: request id, tokens, lease ms, pause ms of a full flight, then three limits a scope (-1: none).
 * Replies {1, second, requests left, tokens left, flights left} (-1: no limit) or {0, scope, limit 1–3, retry after ms}.
 * Nothing is taken unless every scope admits.
 */
export const ADMIT = `${window}
local request, tokens, lease, pause = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local left = { -1, -1, -1 }

local function keep(limit, free)
  if left[limit] == -1 or free < left[limit] then left[limit] = free end
end

-- When enough of the oldest seconds have passed for this amount to fit.
local function wait(seconds, sum, amount, limit)
  local excess = sum + amount - limit
  for _, entry in ipairs(seconds) do
    excess = excess - entry[2]
    if excess <= 0 then return (entry[1] + WINDOW + 1) * 1000 - now end
  end
  return (WINDOW + 1) * 1000
end

for scope = 0, #KEYS / 3 - 1 do
  local amounts = { 1, tokens }
  for kind = 1, 2 do
    local limit = tonumber(ARGV[4 + scope * 3 + kind])
    if limit >= 0 then
      local sum, seconds = read(KEYS[scope * 3 + kind])
      if sum + amounts[kind] > limit then
        return { 0, scope, kind, wait(seconds, sum, amounts[kind], limit) }
      end
      keep(kind, limit - sum - amounts[kind])
    end
  end
  local most = tonumber(ARGV[4 + scope * 3 + 3])
  if most >= 0 then
    local key = KEYS[scope * 3 + 3]
    redis.call('ZREMRANGEBYSCORE', key, '-inf', now)
    local flying = redis.call('ZCARD', key)
    if flying >= most and not redis.call('ZSCORE', key, request) then return { 0, scope, 3, pause } end
    keep(3, math.max(most - flying - 1, 0))
  end
end

for scope = 0, #KEYS / 3 - 1 do
  if tonumber(ARGV[4 + scope * 3 + 1]) >= 0 then add(KEYS[scope * 3 + 1], second, 1) end
  if tonumber(ARGV[4 + scope * 3 + 2]) >= 0 and tokens > 0 then add(KEYS[scope * 3 + 2], second, tokens) end
  if tonumber(ARGV[4 + scope * 3 + 3]) >= 0 then
    redis.call('ZADD', KEYS[scope * 3 + 3], now + lease, request)
    redis.call('PEXPIRE', KEYS[scope * 3 + 3], lease)
  end
end
return { 1, second, left[1], left[2], left[3] }
`;

/**
 * Ends a flight and corrects the tokens of its second. KEYS: flights, then tokens, of the scopes that have such a limit.
 * ARGV: request id, second of admission, tokens to add (may be negative), number of flight keys.
 */
export const RELEASE = `${window}
local request, at, difference, flights = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
for i, key in ipairs(KEYS) do
  if i <= flights then
    redis.call('ZREM', key, request)
  elseif difference ~= 0 and at >= second - WINDOW then
    add(key, at, difference)
  end
end
return 1
`;

/** Keeps flights alive. KEYS: a flight key each. ARGV: lease ms, then a request id for each key. */
export const RENEW = `${window}
local lease = tonumber(ARGV[1])
for i, key in ipairs(KEYS) do
  redis.call('ZADD', key, now + lease, ARGV[i + 1])
  redis.call('PEXPIRE', key, lease)
end
return 1
`;
