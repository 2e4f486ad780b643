/*
 * What each shell reads once. All of them ask `riposte __complete` for words, one a line with a tab before what
 * it means; the line `:files` lets the shell offer files as well. Where `riposte` is only an alias of `npx
 * riposte`, npx is asked.
 */

export const shells = ['bash', 'zsh', 'fish'] as const;

export type Shell = (typeof shells)[number];

export function completionScript(shell: Shell): string {
  return { bash, zsh, fish }[shell];
}

const bash = `# riposte completion for bash: source <(riposte completion bash)
_riposte() {
  local current=\${COMP_WORDS[COMP_CWORD]} line
  local -a ask=(riposte)
  type -P riposte >/dev/null || ask=(npx --no-install riposte)
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == :files ]]; then
      compopt -o filenames 2>/dev/null
      while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$current")
    else
      COMPREPLY+=("\${line%%$'\\t'*}")
    fi
  done < <("\${ask[@]}" __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _riposte riposte
`;

const zsh = `#compdef riposte
# riposte completion for zsh: source <(riposte completion zsh)
_riposte() {
  local line
  local -a ask=(riposte) found
  local -i files=0
  whence -p riposte >/dev/null || ask=(npx --no-install riposte)
  for line in "\${(@f)$("\${ask[@]}" __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    if [[ $line == :files ]]; then
      files=1
    elif [[ -n $line ]]; then
      found+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
    fi
  done
  (( \${#found} )) && _describe riposte found
  (( files )) && _files
  return 0
}
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
compdef _riposte riposte
`;

const fish = `# riposte completion for fish: riposte completion fish | source
function __riposte_ask
  set -l words (commandline -opc) (commandline -ct)
  if command -q riposte
    command riposte __complete -- $words[2..-1] 2>/dev/null
  else
    npx --no-install riposte __complete -- $words[2..-1] 2>/dev/null
  end
end
function __riposte_complete
  for line in (__riposte_ask)
    if test "$line" = ":files"
      __fish_complete_path (commandline -ct)
    else
      echo $line
    end
  end
end
complete -c riposte -f -a '(__riposte_complete)'
`;
