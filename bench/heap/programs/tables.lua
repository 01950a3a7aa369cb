-- Tables, strings and closures. The one argument is how many objects.
local count = tonumber(arg[1])
local state = 1
local function random(bound)
  state = (state * 1103515245 + 12345) % 2147483648
  return state % bound + 1
end

local objects = {}
for number = 1, count do
  objects[number] = { id = number, name = "object " .. number, at = { x = number, y = -number } }
end

local function tree(depth)
  if depth == 0 then return { leaf = true } end
  return { left = tree(depth - 1), right = tree(depth - 1) }
end
local function size(node)
  if node.leaf then return 1 end
  return size(node.left) + size(node.right) + 1
end
local nodes = 0
for _ = 1, count // 2000 do nodes = nodes + size(tree(9)) end

local words = {}
for number = 1, count do
  local word = "w" .. random(count)
  words[word] = (words[word] or "") .. string.char(97 + number % 26)
  objects[random(count)] = { id = number, name = word:upper(), at = { x = 0, y = 0 } }
end
local lines = {}
for word, text in pairs(words) do lines[#lines + 1] = word .. "=" .. text end
table.sort(lines)
print(nodes, #lines, #table.concat(lines, "\n"))
