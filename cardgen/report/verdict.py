"""The proof of coverage in words: a batch's result in, Chinese sentences out."""

from __future__ import annotations

from collections import Counter

from cardgen.model import BatchResult, Severity, Tally
from cardgen.report.words import SEVERITIES, counted, shown


def verdict(result: BatchResult) -> str:
    """Whether anyone was missed, in one breath."""
    lost = result.copies - result.printed - result.unchanged - _held(result)
    words = _subjects(result)
    if lost:
        words += (
            f"应印 {counted(result.copies)} 份，有下落的 {counted(result.copies - lost)} 份，"
            f"{'少' if lost > 0 else '多'} {counted(abs(lost))} 份。"
        )
    elif result.unchanged:
        words += _changed(result)
    elif _held(result):
        words += (
            f"印出 {counted(result.printed)} 份，未印 {counted(_held(result))} 份（原因见下）。"
        )
    else:
        words += f"印出 {counted(result.printed)} 份，一份不少。"
    return words + ("数目不符，请先不要发放。" if mismatches(result) else "数目相符。")


def _changed(result: BatchResult) -> str:
    """What a batch says that prints only what differs from what is out."""
    if result.unchanged == result.copies:
        return "和上次印的比，内容一份也没有变，没有印。"
    words = f"没有变的 {counted(result.unchanged)} 份不用重印，印出 {counted(result.printed)} 份"
    if held := _held(result):
        words += f"，未印 {counted(held)} 份（原因见下）"
    return words + "。"


def mismatches(result: BatchResult) -> list[str]:
    """Each count that does not agree with another, as a sentence; nothing if all agree.

    Beyond `BatchResult.closes`, the lists are counted again: a tally may close over a file
    that is not there.
    """
    found = [_tally_gap(tally) for tally in result.tallies if not tally.closes]
    in_files = Counter[str]()
    for file in result.files:
        in_files[file.layout] += file.copies
    held, excluded, printed, unprinted = (
        Counter[str](),
        Counter[str](),
        Counter[str](),
        Counter[str](),
    )
    for one in result.held:
        (excluded if one.excluded else held)[one.layout] += 1
    for (layout, _), (done, left) in result.by_village.items():
        printed[layout] += done
        unprinted[layout] += left
    for tally in result.tallies:
        for what, listed, stated in (
            ("文件里的份数", in_files[tally.layout], tally.printed),
            ("列出的有意不印", excluded[tally.layout], tally.excluded),
            ("列出的未印成", held[tally.layout], tally.failed),
            ("各村印出之和", printed[tally.layout], tally.printed),
            ("各村未印之和", unprinted[tally.layout], tally.excluded + tally.failed),
        ):
            if listed != stated:
                counts = f"{what}是 {counted(listed)}，总数却是 {counted(stated)}。"
                found.append(f"{shown(tally.title)}：{counts}")
    return found


def summary_lines(result: BatchResult) -> list[str]:
    """The report in a few lines for the terminal: the verdict, each layout, what to do next."""
    lines = [verdict(result)]
    lines += [f"  ✗ {gap}" for gap in mismatches(result)]
    lines += [f"  {shown(tally.title)}：{equation(tally)}" for tally in result.tallies]
    pages = sum(file.sheets for file in result.files)
    if result.files or not result.unchanged:
        lines.append(f"  {counted(len(result.files))} 个 PDF，共 {counted(pages)} 页")
    if result.earlier:
        lines.append(f"  其中 {counted(result.earlier)} 个以前已经印好，原样没动")
    if told := severity_counts(result):
        lines.append(f"  名册里发现：{told}")
    return lines + [f"{n}. {step}" for n, step in enumerate(next_steps(result), 1)]


def next_steps(result: BatchResult, where: str = " report.html 里") -> list[str]:
    """What the clerk does now, first things first; `where` the lists stand that it speaks of."""
    if mismatches(result):
        return [
            "先不要打印，也不要发放。",
            "再运行一次同样的命令；数目还是不符，请把 report.json 发给维护人员。",
        ]
    steps = []
    if any(not held.excluded for held in result.held):
        steps.append(f"未印成的，按{where}写的办法改好名册，再运行一次同样的命令。")
    if result.files:
        steps.append(f"按{where}的顺序打印，缩放选“实际大小”（100%）。")
    if result.recalled:
        steps.append(
            f"要收回旧的 {counted(result.recalled)} 份：换卡收回单和新的一起交给送的人，"
            "收回来的用 cardgen returned 登记。"
        )
    if any(problem.severity is not Severity.NOTICE for problem in result.problems):
        steps.append("抽空看一遍问题清单，名册越改越准。")
    if not steps and result.unchanged:
        return []
    return steps or ["这一批没有要印的东西：请看看选的村、版式和名册对不对。"]


def severity_counts(result: BatchResult) -> str:
    """How many findings of each weight: 错误 4，警告 6，提示 20."""
    counts = Counter(problem.severity for problem in result.problems)
    return "，".join(
        f"{word} {counted(counts[severity])}"
        for severity, word in SEVERITIES.items()
        if counts[severity]
    )


def equation(tally: Tally) -> str:
    """A layout's proof of coverage: 应印 8,000 = 印出 7,996 + 有意不印 0 + 未印成 4."""
    unchanged = f" + 没有变 {counted(tally.unchanged)}" if tally.unchanged else ""
    return (
        f"应印 {counted(tally.copies)} {'=' if tally.closes else '≠'} "
        f"印出 {counted(tally.printed)}{unchanged} + 有意不印 {counted(tally.excluded)} "
        f"+ 未印成 {counted(tally.failed)}"
    )


def _held(result: BatchResult) -> int:
    return sum(tally.excluded + tally.failed for tally in result.tallies)


def _subjects(result: BatchResult) -> str:
    """Households stand before the colon only where each of them gets one copy."""
    households = f"{counted(result.households)} 户"
    if len(result.tallies) == 1 and result.copies == result.households:
        return f"{households}："
    kinds = f"{len(result.tallies)} 种纸" if len(result.tallies) > 1 else ""
    return f"名册 {households}，{kinds}共 {counted(result.copies)} 份："


def _tally_gap(tally: Tally) -> str:
    gap = tally.copies - tally.printed - tally.unchanged - tally.excluded - tally.failed
    more_or_less = "少" if gap > 0 else "多"
    return f"{shown(tally.title)}：{equation(tally)}，{more_or_less} {counted(abs(gap))} 份。"
