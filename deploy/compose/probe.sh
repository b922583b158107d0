#!/bin/sh
# probe.sh PORT PATH: is http://127.0.0.1:PORT/PATH answered with success? For the servers' own images, which bring no
# Python: by wget where there is one (Alpine's BusyBox), else by bash alone (Debian).
if command -v wget >/dev/null; then
    exec wget -q -O /dev/null "http://127.0.0.1:$1$2"
fi
# shellcheck disable=SC2016 - the arguments are for the inner shell
exec bash -c '
    exec 3<>"/dev/tcp/127.0.0.1/$1" &&
    printf "GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n" "$2" >&3 &&
    read -r _ status _ <&3 &&
    [ "$status" = 200 ]' probe "$1" "$2"
