#!/bin/sh
# nats_health.sh MONITOR: the bus's health check, in its own container. Damaged files can make the server hang, for good:
# in one of its streams, while it says that it is well, or before that, while it reads them back. What it does not tell
# three times in a row (of its streams), or fifteen times (that it is well), it will not tell any more. Then it is
# killed; init ends with it, and Docker starts the container again. Files that it did not get through are put aside
# before: the services fill the bus again. NATS_FOLDER and NATS_FAILURES: where its files are, and where failures are
# counted. MONITOR: http://127.0.0.1:8222
folder=${NATS_FOLDER:-/bihuan/nats}
failures=${NATS_FAILURES:-/tmp/failures}

counted() { # NAME: one failure of this kind more; how many there are
    echo >>"$failures.$1"
    wc -l <"$failures.$1"
}

restart() {
    rm -f "$failures".*
    kill -9 "$(pidof nats-server)"
    exit 1
}

if ! told=$(wget -q -T 2 -O - "$1/healthz" 2>&1); then
    case $told in *503*) ;; *) exit 1 ;; esac # it is there, and reads back, or cannot write
    address=${1#http://}
    case $(printf 'GET /healthz HTTP/1.0\r\n\r\n' | nc -w 2 "${address%:*}" "${address#*:}") in
    *'write error'*) # to a stream that met a full disk nothing is written before a restart
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
fi
if ! wget -q -T 2 -O /dev/null "$1/jsz"; then
    [ "$(counted hanging)" -lt 3 ] || restart
    exit 1
fi
rm -f "$failures".*
