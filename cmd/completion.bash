# bash completion for latchkey, for bash 3.2 or later; the package bash-completion is not needed. It asks
# 'latchkey __complete', and evaluates nothing of what stands on the command line.

_latchkey()
{
    local rest=${COMP_LINE:0:COMP_POINT} words=() piece after i
    # bash breaks words at : = and @ too: put together again what no blank divides.
    for ((i = 0; i <= COMP_CWORD; i++)); do
        after=${rest#"${rest%%[![:space:]]*}"}
        piece=${COMP_WORDS[i]}
        [[ $after == "$piece"* ]] || piece=$after # the cursor is within this word
        if ((i > 0)) && [[ $after == "$rest" && $rest ]]; then
            words[${#words[@]} - 1]+=$piece
        else
            words+=("$piece")
        fi
        rest=${after#"$piece"}
    done

    local last=$((${#words[@]} - 1))
    local before=${words[last]%"$2"} # bash replaces what follows its last break, and keeps this
    for i in "${!words[@]}"; do
        words[i]=${words[i]//[\\\'\"]/}
        [[ ${words[i]} != '~/'* ]] || words[i]=$HOME/${words[i]:2}
    done

    local answer
    answer=$("${words[0]}" __completeNoDesc "${words[@]:1}" 2>/dev/null) || return
    local directive=${answer##*:}
    [[ $directive =~ ^[0-9]+$ ]] || return
    COMPREPLY=()
    while IFS= read -r piece; do
        [[ ! $piece ]] || COMPREPLY+=("${piece#"$before"}")
    done <<<"${answer%:*}"
    ((directive & 2)) && compopt -o nospace 2>/dev/null # bash 3.2 has no compopt
    ((directive & 4)) && compopt +o default 2>/dev/null
    return 0
}

complete -o default -F _latchkey latchkey
