"""`reranklab watch`: what changed in a log of production, when and why."""

from __future__ import annotations

import argparse
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from reranklab.commands.output import json_text, write_line, write_table, write_text
from reranklab.commands.terminal import complain, terminal_progress
from reranklab.commands.watch_inputs import (
    baseline_of,
    open_log,
    read_masking,
    stored_law,
)
from reranklab.errors import InputError
from reranklab.progress import CancelSignal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from reranklab.types import Document
    from reranklab.watch.check import WatchOutcome
    from reranklab.watch.log.mask import Masking
    from reranklab.watch.log.reading import ReadLog
    from reranklab.watch.report import WatchReport
    from reranklab.watch.sampled import LogSample, Sampled

    Texts = Callable[[], Mapping[str, Document]]
    """What reads the documents, once."""

NAME = "watch"
HELP = "Watch a log of production: what changed, when and why. With --check exit status 1 where a limit is broken."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("log", nargs="+", metavar="LOG.jsonl", help="one log, in one file or several; .gz works")
    parser.add_argument("--format", choices=("table", "json", "prometheus"), default="table", help="default: table")
    parser.add_argument("--out", metavar="FILE", help="write into a file, whole or not at all, in place of the terminal")
    parser.add_argument("--check", metavar="FILE", help="limits of a TOML file: exit status 1 where one is broken")
    watched = parser.add_argument_group("what is watched")
    watched.add_argument("--window", default="day", metavar="SPAN", help="day, hour, or a number of requests; default: day")
    watched.add_argument(
        "--baseline", metavar="DAYS|FILE", help="what is usual: the first days, default 7, or a log of the time before"
    )
    watched.add_argument("--weeks", type=float, metavar="N", help="quiet weeks with one false alert at most; default: 200")
    watched.add_argument("--law", type=int, metavar="N", help="the ranker's law of time: a stored measurement (latency list)")
    watched.add_argument("--field", action="append", metavar="OURS=THEIRS", help="the log's own name of a field; repeat it")
    watched.add_argument("--searches", action="store_true", help="read spans of a search too")
    sample = parser.add_argument_group("what is computed for a sample of requests, which needs their texts")
    sample.add_argument("--sample", type=int, metavar="N", help="how many requests; default: 200")
    sample.add_argument("--reference", metavar="ID", help="a cheap ranker: how far the log's order is from its")
    sample.add_argument("--tokenizer", metavar="ID", help="the ranker that is logged: what it cuts and does not know")
    sample.add_argument(
        "--support",
        metavar="JUDGE",
        help="support of answers by auto, scores, entailment, entailment:MODEL, chat or chat:MODEL",
    )
    sample.add_argument("--estimate", action="store_true", help="only tell what the judge would ask of its endpoint")
    sample.add_argument("--device", default="cpu", metavar="DEVICE", help="cpu, cuda, cuda:1, mps; default: cpu")
    sample.add_argument("--seed", type=int, default=0, metavar="S")
    texts = parser.add_argument_group("texts")
    texts.add_argument("--documents", action="append", metavar="SOURCE", help="texts by id: a corpus.jsonl, folder or dataset")
    texts.add_argument(
        "--mask", action="append", metavar="WHAT", help="all (default), none, e-mail, phone, IBAN, card, IP, LABEL=PATTERN"
    )
    behind = parser.add_argument_group("the requests behind an alert")
    behind.add_argument("--collect", metavar="NAME", help="keep them as a collection of that name, to be judged on Compare")
    behind.add_argument("--alert", type=int, default=1, metavar="N", help="which alert; default: 1")
    behind.add_argument("--requests", type=int, default=50, metavar="N", help="how many, evenly over time; default: 50")


def run(options: argparse.Namespace, cancel: CancelSignal) -> int:
    from reranklab.watch.check import judge_watch, watch_exit_status
    from reranklab.watch.check_file import read_watch_check
    from reranklab.watch.log.documents import named_documents
    from reranklab.watch.monitor import WEEKS, watch_columns
    from reranklab.watch.windows import parse_span

    limits = read_watch_check(Path(options.check)) if options.check else ()
    span, masking = parse_span(options.window), read_masking(options.mask)
    days, before = baseline_of(options.baseline)
    law = stored_law(options.law)
    _check_options(options)
    progress = terminal_progress()
    log = open_log(options, before=before, cancel=cancel, progress=progress)
    texts = cache(lambda: named_documents(options.documents or ()))
    if options.estimate:
        _tell_estimate(options, _sample(options, log, masking, texts))
        return 0
    sampled = _sampled(options, log, masking, texts, cancel)
    report = watch_columns(
        log.columns,
        extra=sampled.series if sampled else (),
        law=law,
        baseline_days=log.days_of_first_file() if before else days,
        weeks=WEEKS if options.weeks is None else options.weeks,
        span=span,
        cancel=cancel,
    )
    outcomes = judge_watch(limits, report, log.columns, sampled.series if sampled else ())
    _write(options, log, report, sampled, outcomes)
    if options.collect:
        _collect(options, log, report, masking, texts)
    return watch_exit_status(outcomes)


def _check_options(options: argparse.Namespace) -> None:
    """Raises InputError for options that need others."""
    asked = options.reference or options.tokenizer or options.support
    if options.sample is not None and not asked:
        raise InputError("--sample says for how many requests to compute something. Add --reference, --tokenizer or --support.")
    if options.estimate and not options.support:
        raise InputError("--estimate tells what a judge asks of its endpoint. Add --support.")
    if options.out and options.format == "table":
        raise InputError("--out takes JSON or Prometheus text. Add --format, or send the table elsewhere with >.")


def _sample(options: argparse.Namespace, log: ReadLog, masking: Masking | None, texts: Texts) -> LogSample:
    from reranklab.watch.sampled import DEFAULT_SAMPLE, take_sample

    number = DEFAULT_SAMPLE if options.sample is None else options.sample
    return take_sample(log, number, masking=masking, documents=texts(), seed=options.seed)


def _tell_estimate(options: argparse.Namespace, sample: LogSample) -> None:
    from reranklab.watch.sampled import judge_estimate
    from reranklab.watch.support.judges import judge_of

    found = judge_estimate(sample, judge_of(options.support, device=options.device))
    answers = f"{len(sample.answered):,} sampled answers"
    write_line(f"{answers}: {found.words}." if found else f"{answers}: this judge computes here and asks no endpoint.")


def _sampled(
    options: argparse.Namespace, log: ReadLog, masking: Masking | None, texts: Texts, cancel: CancelSignal
) -> Sampled | None:
    """What --reference, --tokenizer and --support ask for, None where none of them is there."""
    if not (options.reference or options.tokenizer or options.support):
        return None
    from reranklab.engine.build import build_ranker
    from reranklab.watch.sampled import judge_estimate, sample_series
    from reranklab.watch.support.judges import judge_of

    reference, tokenizer = (
        build_ranker(each, device=options.device) if each else None for each in (options.reference, options.tokenizer)
    )
    judge = judge_of(options.support, device=options.device) if options.support else None
    sample = _sample(options, log, masking, texts)
    if judge is not None and (found := judge_estimate(sample, judge)) is not None:
        complain(f"{judge.id} is asked for {len(sample.answered):,} answers: {found.words}.")
    return sample_series(
        log.columns,
        sample,
        reference=reference,
        tokenizer=tokenizer,
        judge=judge,
        cancel=cancel,
        progress=terminal_progress(),
    )


def _write(
    options: argparse.Namespace, log: ReadLog, report: WatchReport, sampled: Sampled | None, outcomes: Sequence[WatchOutcome]
) -> None:
    from reranklab.commands.watch_tables import write_report
    from reranklab.watch.prometheus import prometheus_text
    from reranklab.watch.record import watch_record

    if options.format == "prometheus":
        _put(prometheus_text(report, log.counts), options.out)
        return
    if options.format == "json":
        _put(json_text(watch_record(log, report, sampled, outcomes)), options.out)
        return
    for sentence in log.counts.sentences():
        write_line(sentence)
    for sentence in sampled.sentences() if sampled else ():
        write_line(sentence)
    if sampled and sampled.support:
        from reranklab.watch.support.measured import agreement_words

        write_line(f"{sampled.support.judge}: {agreement_words(sampled.support.judge)}")
    write_report(report, log.columns)
    if outcomes:
        write_line()
        write_table(("state", "limit", "measured"), [(each.state, each.limit.words, each.words) for each in outcomes])


def _put(text: str, file: str | None) -> None:
    """Into a file, which is replaced whole, or onto the terminal. Raises StorageError."""
    if file is None:
        write_text(text)
        return
    from reranklab.data.shared_files import replace_file
    from reranklab.data.storage import storing

    with storing("The report", Path(file).parent, instead="give another --out"):
        replace_file(Path(file), [text.encode()])


def _collect(options: argparse.Namespace, log: ReadLog, report: WatchReport, masking: Masking | None, texts: Texts) -> None:
    """Keep the requests behind an alert. Raises InputError where there is none, and StorageError."""
    from reranklab.data.unjudged import keep_unjudged
    from reranklab.watch.behind import requests_behind

    if not 1 <= options.alert <= len(report.alerts):
        has = f"The log has {len(report.alerts)}" if report.alerts else "The log has none"
        raise InputError(f"There is no alert {options.alert}. {has}.")
    behind = requests_behind(
        log,
        report.alerts[options.alert - 1],
        number=options.requests,
        masking=masking,
        documents=texts(),
    )
    for sentence in behind.sentences():
        complain(sentence)
    folder = keep_unjudged(options.collect, behind.ranked)
    complain(f"{options.collect}: {len(behind.queries):,} queries in {folder}. Compare and Watch open them to be judged.")
