/**
 * Runs inside Redis, where nothing else runs meanwhile and time stands still: all keys of all databases at one
 * instant. ARGV[1] is the list of excluded items as JSON.
 *
 * Answer: [seconds, microseconds, replication offset, version], then for each key [database, key, type, items,
 * content, order, expiry in ms or -1], all strings.
 *
 * Every item is hashed by SHA-1 over its length-prefixed parts. `content` adds the hashes up in four lanes
 * modulo 2^32, of 32 bits each (Lua counts in doubles); the reasons are those of sums.ts, with 2^-128 as the
 * bound. `order` is a chain of SHA-1 over the hashes. Only what commands answer is hashed, never how a value is
 * encoded in memory; a type this script does not know is hashed by its DUMP, which does depend on the encoding.
 */
export const fingerprintScript = `
local hash, call = redis.sha1hex, redis.call
local excluded = cjson.decode(ARGV[1])

local function joined(...)
  local parts = {}
  for at, part in ipairs({...}) do parts[at] = #part .. ':' .. part end
  return table.concat(parts)
end

local function newDigest() return { items = 0, lanes = { 0, 0, 0, 0 }, chain = '', pending = {} } end

local function flush(digest)
  if #digest.pending > 0 then digest.chain = hash(digest.chain .. table.concat(digest.pending)) end
  digest.pending = {}
end

local function add(digest, item)
  local h = hash(item)
  digest.items = digest.items + 1
  for lane = 1, 4 do
    digest.lanes[lane] = (digest.lanes[lane] + tonumber(string.sub(h, lane * 8 - 7, lane * 8), 16)) % 4294967296
  end
  digest.pending[#digest.pending + 1] = h
  if #digest.pending == 1000 then flush(digest) end
end

local function contentOf(digest)
  local text = {}
  for lane = 1, 4 do
    local value = digest.lanes[lane]
    text[lane] = string.format('%04x%04x', math.floor(value / 65536), value % 65536)
  end
  return table.concat(text)
end

local function isExcluded(key, item)
  for _, rule in ipairs(excluded) do
    if rule.key == key and string.find(item, rule.prefix, 1, true) then
      local ok, value = pcall(cjson.decode, item)
      local field = ok and type(value) == 'table' and value[rule.field]
      if type(field) == 'string' and string.sub(field, 1, #rule.prefix) == rule.prefix then return true end
    end
  end
  return false
end

local version = string.match(call('INFO', 'server'), 'redis_version:([^%s]+)') or '0.0'
local major, minor = string.match(version, '^(%d+)%.(%d+)')
local fieldsExpire = tonumber(major) * 100 + tonumber(minor) >= 704

local function fieldExpiry(key, field)
  if not fieldsExpire then return '-1' end
  return string.format('%.0f', call('HPEXPIRETIME', key, 'FIELDS', 1, field)[1])
end

local readers = {}

function readers.string(key, digest) add(digest, call('GET', key)) end

function readers.list(key, digest)
  for from = 0, call('LLEN', key) - 1, 1000 do
    for _, item in ipairs(call('LRANGE', key, from, from + 999)) do
      if not isExcluded(key, item) then add(digest, item) end
    end
  end
end

function readers.set(key, digest)
  for _, member in ipairs(call('SMEMBERS', key)) do add(digest, member) end
end

function readers.hash(key, digest)
  local flat = call('HGETALL', key)
  for at = 1, #flat, 2 do add(digest, joined(flat[at], flat[at + 1], fieldExpiry(key, flat[at]))) end
end

function readers.zset(key, digest)
  for from = 0, call('ZCARD', key) - 1, 1000 do
    local flat = call('ZRANGE', key, from, from + 999, 'WITHSCORES')
    for at = 1, #flat, 2 do add(digest, joined(flat[at], flat[at + 1])) end
  end
end

local function named(flat)
  local fields = {}
  for at = 1, #flat, 2 do fields[flat[at]] = flat[at + 1] end
  return fields
end

function readers.stream(key, digest)
  local from = '-'
  while true do
    local entries = call('XRANGE', key, from, '+', 'COUNT', 1000)
    for _, entry in ipairs(entries) do add(digest, joined(entry[1], unpack(entry[2]))) end
    if #entries < 1000 then break end
    from = '(' .. entries[#entries][1]
  end
  local entriesRead = digest.items
  add(digest, joined('last', named(call('XINFO', 'STREAM', key))['last-generated-id']))
  for _, info in ipairs(call('XINFO', 'GROUPS', key)) do
    local group = named(info)
    add(digest, joined('group', group.name, group['last-delivered-id']))
    for _, waiting in ipairs(call('XPENDING', key, group.name, '-', '+', group.pending)) do
      add(digest, joined('pending', group.name, waiting[1], waiting[2], tostring(waiting[4])))
    end
  end
  digest.items = entriesRead
end

local isOrdered = { list = true, stream = true }
local offset = string.match(call('INFO', 'replication'), 'master_repl_offset:(%d+)') or '0'
local time = call('TIME')
local answer = { { time[1], time[2], offset, version } }
for database in string.gmatch(call('INFO', 'keyspace'), 'db(%d+):') do
  call('SELECT', database)
  for _, key in ipairs(call('KEYS', '*')) do
    local kind, digest = call('TYPE', key).ok, newDigest()
    local read = readers[kind]
    if read then read(key, digest) else add(digest, call('DUMP', key)) end
    flush(digest)
    -- A list that holds nothing but excluded items is a list that would not be there.
    if digest.items > 0 or kind ~= 'list' then
      answer[#answer + 1] = { database, key, kind, string.format('%.0f', digest.items), contentOf(digest),
        isOrdered[kind] and digest.chain or '', string.format('%.0f', call('PEXPIRETIME', key)) }
    end
  end
end
return answer
`;
