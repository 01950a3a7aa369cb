declare -A count; words=(alpha beta gamma delta); total=0
for i in $(seq 1 3000); do w=${words[i % 4]}; count[$w]=$((${count[$w]:-0} + i)); done
for w in "${words[@]}"; do echo "$w ${count[$w]}"; done
text=""; for i in {1..2000}; do text+="line $i "; done; echo ${#text} "${text//line/row}" | cksum
for i in {1..40}; do ( x=$(echo $((i * i)) | tr 0-9 a-j); echo "$x" ) & done | sort | tr '\n' ' '; wait
f() { local n=$1; ((n < 2)) && { echo "$n"; return; }; echo $(($(f $((n - 1))) + $(f $((n - 2))))); }
f 9; printf '%s\n' "$(seq 1 500 | while read -r n; do echo $((n % 7)); done | sort | uniq -c)"
exit 0
