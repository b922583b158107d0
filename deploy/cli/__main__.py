"""./bihuan COMMAND …: finds the command's module and runs its `main(argv) -> int`.

The table is the whole list; a module is imported only when its command is called, so that `due` starts quickly
and one broken command leaves the others usable.
"""

import difflib
import importlib
import sys

COMMANDS: dict[str, tuple[str, str]] = {
    "up": ("deploy.cli.up", "启动全部服务 / start everything on this machine and stay in the foreground"),
    "demo": ("deploy.cli.demo", "演示整个集中行动 / play the whole campaign on simulated time"),
    "status": ("deploy.cli.status", "查看运行情况 / what runs where"),
    "down": ("deploy.cli.down", "停止 / stop a running installation"),
    "token": ("deploy.cli.token", "签发接口令牌 / an API token"),
    "accounts": ("deploy.cli.accounts", "管理账号 / who may sign in"),
    "tokens": ("deploy.cli.tokens", "查看、终止接口令牌 / list and revoke API tokens"),
    "due": ("deploy.cli.due", "计算期限并说明 / a due date and why it is that day"),
    "test": ("deploy.cli.test", "全部检查 / every check of the project"),
    "bench": ("deploy.cli.bench", "性能测量 / the benchmarks, each beside its floor"),
    "migrate": ("deploy.cli.migrate", "升级数据库与消息流 / bring databases and streams up to date (part of up)"),
    "rebuild": ("deploy.cli.rebuild", "由事件重建查询表并比对 / read tables anew from the events, compared"),
    "backup": ("deploy.cli.backup", "在运行中备份 / back everything up while it runs"),
    "restore": ("deploy.cli.restore", "恢复到空目录并自证 / restore into an empty folder, and prove it"),
    "doctor": ("deploy.cli.doctor", "检查毛病，并说明怎么办 / what is wrong, and what to type"),
    "reconcile": (
        "deploy.cli.reconcile",
        "核对并补发总线上的事件 / compare the bus with the databases, send what it lost",
    ),
    "deadletters": ("deploy.cli.deadletters", "查看、重放未能处理的事件 / list, show and replay events that failed"),
}


def usage() -> str:
    width = max(len(name) for name in COMMANDS) + 2
    rows = "\n".join(f"  {name:<{width}}{line}" for name, (_, line) in COMMANDS.items())
    return (
        "闭环 Bihuan\n\n"
        "用法 / usage: ./bihuan COMMAND [OPTIONS]\n"
        "              ./bihuan COMMAND --help\n\n"
        f"{rows}\n\n"
        "退出码 / exit codes: 0 完成 done, 1 未达要求 found wanting, 2 用法不对 used wrongly\n"
    )


def main(argv: list[str]) -> int:
    if not argv:
        sys.stderr.write(usage())
        return 2
    name, rest = argv[0], argv[1:]
    if name in ("-h", "--help", "help"):
        sys.stdout.write(usage())
        return 0
    if name not in COMMANDS:
        near = difflib.get_close_matches(name, COMMANDS, n=1)
        hint = f"是不是 / did you mean: ./bihuan {near[0]}" if near else "全部命令 / all commands: ./bihuan --help"
        sys.stderr.write(f"没有“{name}”这个命令 / there is no command “{name}”. {hint}\n")
        return 2
    return int(importlib.import_module(COMMANDS[name][0]).main(rest))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
