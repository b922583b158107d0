#!/bin/sh
# nats_health.sh PORT: the bus's health check, in its own container, by what its image has: BusyBox's wget and nc
# (Alpine), else bash alone (Debian). Damaged files can make the server hang, for good: in one of its streams, while it
# says that it is well, or before that, while it reads them back. What it does not tell three times in a row (of its
# streams), or fifteen times (that it is well), it will not tell any more. Then it is killed; init ends with it, and
# Docker starts the container again. Files that it did not get through are put aside before: the services fill the bus
# again. To a stream that met a full disk nothing is written before a restart, so that follows once there is room.
# NATS_FOLDER and NATS_FAILURES: where its files are, and where failures are counted. PORT: of its monitor.
folder=${NATS_FOLDER:-/bihuan/nats}
failures=${NATS_FAILURES:-/tmp/failures}
port=$1

answer() { # PATH: all of the answer
    if command -v nc >/dev/null; then
        printf 'GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n' "$1" | nc -w 2 127.0.0.1 "$port"
    else
        # shellcheck disable=SC2016 - the arguments are for the inner shell
        timeout 3 bash -c '
            exec 3<>"/dev/tcp/127.0.0.1/$1" &&
            printf "GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n" "$2" >&3 &&
            cat <&3' answer "$port" "$1" 2>/dev/null
    fi
}

status() { # PATH: 200, 503, or nothing
    if ! command -v wget >/dev/null; then
        answer "$1" | { read -r _ code _ && echo "$code"; }
    elif said=$(wget -q -T 2 -O /dev/null "http://127.0.0.1:$port$1" 2>&1); then
        echo 200
    else
        case $said in *503*) echo 503 ;; esac
    fi
}

counted() { # NAME: one failure of this kind more; how many there are
    echo >>"$failures.$1"
    wc -l <"$failures.$1"
}

restart() {
    rm -f "$failures".*
    kill -9 "$(pidof nats-server)"
    exit 1
}

case $(status /healthz) in
200)
    if [ "$(status /jsz)" != 200 ]; then
        [ "$(counted hanging)" -lt 3 ] || restart
        exit 1
    fi
    rm -f "$failures".*
    ;;
503) # it is there, and reads back, or cannot write
    case $(answer /healthz) in *'write error'*)
        [ "$(df -P "$folder" | awk 'NR == 2 { print $4 }')" -lt 16384 ] || restart
        exit 1
        ;;
    esac
    if [ "$(counted restoring)" -ge 15 ]; then
        rm -rf "$folder/jetstream.damaged"
        mv "$folder/jetstream" "$folder/jetstream.damaged"
        restart
    fi
    exit 1
    ;;
*) exit 1 ;;
esac
