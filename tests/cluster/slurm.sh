#!/usr/bin/env bash
# A Slurm of one node on this machine, for as long as a command runs: slurm.sh COMMAND...
# As root on Debian or Ubuntu, as in a container of debian:bookworm; installs their Slurm where there is none.
# All that it writes but the packages is removed at the end; a machine that has a Slurm of its own is left alone.
set -euo pipefail

if ! type slurmctld slurmd munged >/dev/null 2>&1; then
    [ "$(id -u)" = 0 ] || { echo "cluster-test: Slurm is not installed, and only root can install it" >&2; exit 1; }
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends slurm-wlm munge >/dev/null
fi

if [ -e /etc/slurm/slurm.conf ]; then
    echo "cluster-test: this machine has a Slurm: /etc/slurm/slurm.conf is there" >&2
    exit 1
fi

folder=$(mktemp -d)
chmod 755 "$folder"
mkdir "$folder"/{munge,spool,state}
host=$(hostname -s)
node=$(slurmd -C | sed -n 's/^NodeName=[^ ]* //p')
cat >"$folder/slurm.conf" <<END
ClusterName=mindgap
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=16817
SlurmdPort=16818
SlurmUser=root
AuthInfo=socket=$folder/munge/socket
CryptoType=crypto/munge
# What needs systemd or control groups is left out, as containers have neither.
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.log
MailProg=/bin/true
ReturnToService=2
NodeName=$host NodeAddr=127.0.0.1 $node
PartitionName=all Nodes=$host Default=YES MaxTime=INFINITE State=UP
END

daemons=()
end() {
    kill "${daemons[@]}" 2>/dev/null || true
    wait "${daemons[@]}" 2>/dev/null || true
    rm -rf "$folder" /etc/slurm/slurm.conf
}
trap end EXIT
ln -s "$folder/slurm.conf" /etc/slurm/slurm.conf
(umask 077 && head -c 1024 /dev/urandom >"$folder/munge/key")
munged --foreground --force --socket "$folder/munge/socket" --key-file "$folder/munge/key" \
    --pid-file "$folder/munge/pid" --log-file "$folder/munge/log" --seed-file "$folder/munge/seed" \
    >"$folder/munged.log" 2>&1 &
daemons+=($!)
until [ -S "$folder/munge/socket" ]; do sleep 0.1; done
slurmctld -D >/dev/null 2>&1 & daemons+=($!)
slurmd -D >/dev/null 2>&1 & daemons+=($!)
until sinfo --noheader --format=%t 2>/dev/null | grep -q idle; do
    for daemon in "${daemons[@]}"; do
        kill -0 "$daemon" 2>/dev/null || { tail -n 5 "$folder"/*.log "$folder/munge/log" >&2; exit 1; }
    done
    sleep 0.2
done
"$@"
