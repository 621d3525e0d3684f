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
// Within a call each key is read once and written once, however many orders go through it.
const minute = `
local oldest = second - WINDOW
local minutes = {}

local function minuteOf(key)
  local known = minutes[key]
  if not known then
    known = { added = {} }
    minutes[key] = known
  end
  return known
end

local function writeMinute(key, known)
  local sum, isNew = 0, false
  for at, amount in pairs(known.added) do
    if amount ~= 0 and redis.call('HINCRBY', key, at, amount) == amount then isNew = true end
    sum = sum + amount
  end
  known.added = {}
  if sum ~= 0 or isNew then redis.call('HINCRBY', key, 'sum', sum) end
  if isNew then
    redis.call('HSETNX', key, 'since', oldest)
    redis.call('EXPIRE', key, WINDOW + 2)
  end
end

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

local function readSum(key)
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

local function sumOf(key)
  local known = minuteOf(key)
  if not known.sum then
    writeMinute(key, known)
    known.sum = readSum(key)
  end
  return known.sum
end

-- "at" is a text: Redis would format a number with all its digits.
local function add(key, at, amount)
  local known = minuteOf(key)
  known.added[at] = (known.added[at] or 0) + amount
  if known.sum then known.sum = known.sum + amount end
end

-- When enough of the oldest seconds have passed for this amount to fit.
local function wait(key, excess)
  writeMinute(key, minuteOf(key))
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

const flights = `
local lease, pause = ARGV[1], tonumber(ARGV[2])
local lands = string.format('%.0f', now + tonumber(lease))
local flights = {}

local function flightsOf(key)
  local known = flights[key]
  if not known then
    known = { begun = {}, ended = {} }
    flights[key] = known
  end
  return known
end

local function writeFlights(key, known)
  if #known.ended > 0 then redis.call('ZREM', key, unpack(known.ended)) end
  if #known.begun > 0 then
    redis.call('ZADD', key, unpack(known.begun))
    redis.call('PEXPIRE', key, lease)
  end
  known.begun, known.ended = {}, {}
end

local function flying(key, known)
  if not known.count then
    writeFlights(key, known)
    redis.call('ZREMRANGEBYSCORE', key, '-inf', now)
    known.count = redis.call('ZCARD', key)
  end
  return known.count
end

-- A request that flies already was counted twice; asked again, Redis counts it once.
local function isFull(key, most, request)
  local known = flightsOf(key)
  if flying(key, known) < most then return false end
  writeFlights(key, known)
  known.count = redis.call('ZCARD', key)
  return known.count >= most and not redis.call('ZSCORE', key, request)
end

local function beginFlight(key, request)
  local known = flightsOf(key)
  known.begun[#known.begun + 1] = lands
  known.begun[#known.begun + 1] = request
  known.count = known.count + 1
end

local function endFlight(key, request)
  local known = flightsOf(key)
  if #known.begun > 0 then writeFlights(key, known) end
  known.ended[#known.ended + 1] = request
  -- It may have lapsed before: how many are left is Redis's to say.
  known.count = nil
end
`;

/**
 * Does in one call what gathers in a process within one turn of its event loop, in its order. KEYS: three a scope that any of
 * the orders is about. ARGV: lease ms, pause ms of a full flight, then the orders; scopes are named by their place, from 0.
 * Replies with a list, an entry each.
 *
 * `admit`, request id, tokens, scopes, then for each its place and three limits (-1: none). Replies
 * {1, second, requests left, tokens left, flights left} (-1: no limit) or {0, scope, limit 1–3, retry after ms}; the scope is
 * the order's own count of its scopes. Nothing is taken unless every scope admits.
 *
 * `release`, request id, second of admission, tokens to add (may be negative), number of flights, number of minutes, then
 * the places of the scopes of each. Ends a flight and corrects the tokens of its second.
 */
export const SETTLE = `${clock}${minute}${flights}
local REQUESTS, TOKENS, FLIGHTS = 1, 2, 3
local thisSecond = time[1]

local function admit(request, tokens, scopes, arg)
  local left = { -1, -1, -1 }
  local function keep(limit, free)
    if left[limit] == -1 or free < left[limit] then left[limit] = free end
  end
  local amounts, entries = { 1, tokens }, {}
  for scope = 0, scopes - 1 do
    local at = arg + scope * 4
    local key = tonumber(ARGV[at + 1]) * 3
    local limits = { tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4]) }
    for kind = REQUESTS, TOKENS do
      if limits[kind] >= 0 then
        local free = limits[kind] - sumOf(KEYS[key + kind]) - amounts[kind]
        if free < 0 then return { 0, scope, kind, wait(KEYS[key + kind], -free) } end
        keep(kind, free)
      end
    end
    if limits[FLIGHTS] >= 0 then
      if isFull(KEYS[key + FLIGHTS], limits[FLIGHTS], request) then return { 0, scope, FLIGHTS, pause } end
      keep(FLIGHTS, math.max(limits[FLIGHTS] - flightsOf(KEYS[key + FLIGHTS]).count - 1, 0))
    end
    entries[scope + 1] = { key, limits }
  end
  for _, entry in ipairs(entries) do
    local key, limits = entry[1], entry[2]
    for kind = REQUESTS, TOKENS do
      if amounts[kind] > 0 and limits[kind] >= 0 then add(KEYS[key + kind], thisSecond, amounts[kind]) end
    end
    if limits[FLIGHTS] >= 0 then beginFlight(KEYS[key + FLIGHTS], request) end
  end
  return { 1, second, left[1], left[2], left[3] }
end

local function release(request, at, difference, ended, corrected, arg)
  for i = arg + 1, arg + ended do endFlight(KEYS[tonumber(ARGV[i]) * 3 + FLIGHTS], request) end
  if difference == 0 or tonumber(at) < oldest then return 1 end
  for i = arg + ended + 1, arg + ended + corrected do add(KEYS[tonumber(ARGV[i]) * 3 + TOKENS], at, difference) end
  return 1
end

local replies, arg = {}, 2
while arg < #ARGV do
  local request, first = ARGV[arg + 2], ARGV[arg + 3]
  if ARGV[arg + 1] == 'admit' then
    local scopes = tonumber(ARGV[arg + 4])
    replies[#replies + 1] = admit(request, tonumber(first), scopes, arg + 4)
    arg = arg + 4 + scopes * 4
  else
    local ended, corrected = tonumber(ARGV[arg + 5]), tonumber(ARGV[arg + 6])
    replies[#replies + 1] = release(request, first, tonumber(ARGV[arg + 4]), ended, corrected, arg + 6)
    arg = arg + 6 + ended + corrected
  end
end
for key, known in pairs(minutes) do writeMinute(key, known) end
for key, known in pairs(flights) do writeFlights(key, known) end
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
