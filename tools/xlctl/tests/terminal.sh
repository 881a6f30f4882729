# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2016
#
# What xlctl does with a terminal, against the module that is none (see domains.sh).

# on_terminal STATUS NAME STEP... -- COMMAND...
on_terminal() {
	want=$1 name=$2
	shift 2
	status=0
	python3 "$TREE/tools/xlctl/tests/terminal.py" "$@" >"$TAP_DIR/out" 2>&1 || status=$?
	if [ "$status" -eq "$want" ]; then
		ok "$name"
	else
		not_ok "$name" "status $status, expected $want" "$(cat -v "$TAP_DIR/out")"
	fi
}

export XLHV_FAKE="$TAP_DIR/fake"
fresh
x create -e "$CFG"
# The shell shows that the terminal is cooked again, and is the same as before.
on_terminal 0 "console: raw while connected, left by Ctrl-], restored" \
	"expect=before:.*" "expect=Hello from the guest" "send=typed\r" "expect=typed" raw=yes \
	"send=\x1d" "expect=after:.*" -- \
	sh -c 'echo "before:$(stty -g)"; a=$(stty -g); "$1" console debian; s=$?
		[ "$a" = "$(stty -g)" ] && echo "after:same"; exit $s' sh "$FAKE"
on_terminal 0 "console: tells how to detach" \
	"expect=attached to domain .debian.; Ctrl-. detaches" "send=\x1d" -- "$FAKE" console debian
on_terminal 0 "console: and with which other key" "expect=; .B detaches" "send=\x02" -- \
	"$FAKE" console -e ^b debian
on_terminal 0 "console: Ctrl-C goes to the domain" \
	"expect=Hello" "send=\x03\x1a" "expect=\x03\x1a" "send=\x1d" -- "$FAKE" console debian
on_terminal 0 "console: SIGTERM restores the terminal" "expect=Hello" raw=yes \
	"run=kill \$(cat $TAP_DIR/console)" "expect=restored" -- \
	sh -c 'a=$(stty -g); "$1" console debian </dev/tty & echo $! >"$2"; wait $!
		[ "$a" = "$(stty -g)" ] && echo restored' sh "$FAKE" "$TAP_DIR/console"
on_terminal 0 "console: a domain that ends ends it, and is named" \
	"expect=Hello" "run=$FAKE destroy debian" "expect=domain .debian. has ended" -- \
	"$FAKE" console debian
x create -e "$CFG"
on_terminal 0 "top: draws, sorts, ends" "expect=xlctl top" "expect=NAME" "expect=debian" \
	"send=s" "expect=memory" "send=sss" "send=q" -- "$FAKE" top -d 1
on_terminal 0 "top: shows the rates in 80 columns" "expect=EXITS/s +HCALLS/s +INTRS/s" "send=q" -- \
	"$FAKE" top -d 1
on_terminal 0 "top: ends after so many looks" "expect=debian" -- "$FAKE" top -d 0.1 -i 2
x destroy debian
on_terminal 0 "create -c" "expect=Hello" raw=yes "send=\x1d" -- "$FAKE" create -e -c "$CFG"
x destroy debian

# completion WORD... : what follows, the last WORD being begun
completion() {
	PATH=$TAP_DIR/bin:$PATH bash -c '. "$1"; shift
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		compopt() { :; }
		_xlctl; echo "${COMPREPLY[*]}"' bash "$TREE/tools/xlctl/completion/xlctl" "$@"
}

mkdir -p "$TAP_DIR/bin"
ln -sf "$FAKE" "$TAP_DIR/bin/xlctl"
x create -p -e "$CFG"
x create -p -e "$CFG" name=other
is "completion of a command" "$(completion xlctl vcpu)" "vcpu-list vcpu-pin vcpu-set"
is "completion of a domain" "$(completion xlctl console d)" "debian"
is "completion of all domains" "$(completion xlctl destroy "")" "debian other"
is "completion of an option" "$(completion xlctl list --l)" "--long"
is "completion of an option of vcpu-set" "$(completion xlctl vcpu-set --i)" "--ignore-host"
is "completion of a field" "$(completion xlctl info nr_c)" "nr_cpus"
is "completion of help" "$(completion xlctl help pref)" "preflight"
is "completion of a file" "$(cd "$TAP_DIR" && completion xlctl create deb)" "debian.cfg"
x destroy debian
x destroy other

# Help, manual and completion know the same long options.
for command in $("$FAKE" help | sed -n 's/^  \([a-z][a-z-]*\) .*/\1/p'); do
	options=$("$FAKE" help "$command" | grep -oE -e '--[a-z0-9-]+' | sort -u | tr '\n' ' ')
	last=-
	[ "$command" != preflight ] || last=--
	is "completion of the options of $command" "$(completion xlctl "$command" "$last" | tr ' ' '\n' |
		grep -e '^--' | grep -vx -e --help | sort -u | tr '\n' ' ')" "$options"
	for option in $options; do
		check "$option of $command is in the manual" sh -c "
			sed -n '/^\.It Cm $command /,/^\.It Cm [a-z-]* [OA][opr] /p' \"\$1\" |
				grep -qE -e '(Fl Fl|Fl -)[ ]?${option#--}( |\$)'" sh \
			"$TREE/tools/xlctl/man/xlctl.1"
	done
done
unset XLHV_FAKE
