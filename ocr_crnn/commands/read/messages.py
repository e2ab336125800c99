"""What the reader says to a person, in Korean or English as the system is set."""

import locale
import os

MESSAGES = {
    "summary": (
        "{pages:,}쪽 · {words:,}어절 · 평균 신뢰도 {score:.2f} · 확인 필요 {uncertain:,}곳",
        "{pages:,} pages · {words:,} words · mean confidence {score:.2f} · {uncertain:,} to check",
    ),
    "left out": (
        "글자로 보이지만 읽기 어려운 {count:,}곳은 뺐습니다.",
        "{count:,} places that may be text were left out, being too doubtful to read.",
    ),
    "masked": (
        "가린 번호 {count:,}개 ({kinds}), 그중 확실하지 않은 것 {doubtful:,}개",
        "{count:,} numbers masked ({kinds}), of which {doubtful:,} are uncertain",
    ),
    "not masked": (
        "{folder} 에 가리지 않은 듯한 이전 결과 {count:,}개가 있습니다: {names}. 지우거나 그 형식도 --format 에 넣어 다시 읽으세요.",
        "{folder} holds {count:,} results from before, maybe with nothing hidden: {names}. Remove them, or add their formats to --format.",
    ),
    "nothing": ("읽은 쪽이 없습니다.", "No page was read."),
    "failed": ("실패 {count:,}건: {path}", "{count:,} failed: {path}"),
    "failed here": ("실패 {count:,}건", "{count:,} failed"),
    "skipped": ("이미 끝난 파일 {count:,}개는 건너뛰었습니다.", "{count:,} files were finished before and were skipped."),
    "not read": (
        "그림도 PDF도 아니거나 열 수 없는 {count:,}개는 읽지 않았습니다: {names}",
        "{count:,} files that are neither images nor PDFs, or that cannot be opened, were not read: {names}",
    ),
    "renamed": (
        "이름이 겹치거나 쓸 수 없어 결과를 다른 이름으로 쓴 파일 {count:,}개: {names}",
        "The results of {count:,} files have other names, for theirs are taken or cannot be used: {names}",
    ),
    "replaced": (
        "{folder} 에 있는 이전 결과 {count:,}개를 새로 씁니다.",
        "{count:,} files have results in {folder} already, which are replaced.",
    ),
    "errors set aside": (
        "errors.csv 에서 이해할 수 없는 부분이 있어 {path} 로 남겨 두었습니다. 거기에만 적힌 쪽은 --resume 이 다시 읽지 않습니다.",
        "Not all of errors.csv was understood; it is kept as {path}. Pages that are listed only there are not tried again by --resume.",
    ),
    "leads out": (
        "결과는 -o 폴더 안에만 씁니다: {path} 는 {to} 로 이어집니다. 링크를 지우거나 {folder} 대신 다른 폴더를 -o 로 지정하세요.",
        "Results stay in the folder of -o. Received: {path}, which leads to {to}. Remove that link, or name another folder than {folder}.",
    ),
    "claimed": (
        "다른 실행이 {other} 의 결과를 {target} 에 쓰고 있습니다. {own} 은 다른 폴더를 -o 로 지정하거나 끝난 뒤에 읽으세요.",
        "Two runs write results of different names. Received: {own} for {target}, which a run is writing from {other}. "
        "Name another folder with -o, or wait for its end.",
    ),
    "kept": (
        "{name}: {count:,}쪽에는 이미 글자가 있어 그대로 두었습니다.",
        "{name}: {count:,} pages have text already and were left as they were.",
    ),
    "to label": (
        "고칠 쪽 {count:,}개: {path}. Label Studio 에 {config} 를 설정으로 붙이고 이 파일을 가져오세요. 로컬 파일 폴더는 {root} 입니다.",
        "{count:,} pages to correct are in {path}: import it into Label Studio, configured by {config}, with local files from {root}.",
    ),
    "page": ("{name}, {page}쪽: {message}", "{name}, page {page}: {message}"),
    "stopped": (
        "중단했습니다. 끝난 파일은 남아 있습니다. 이어서 하려면 --resume 을 붙이세요.",
        "Stopped. Finished files are kept; go on with --resume.",
    ),
    "stopped here": ("중단했습니다.", "Stopped."),
    "progress": ("{rate:.2f}쪽/초 · 신뢰도 {score:.2f}", "{rate:.2f} pages/s · confidence {score:.2f}"),
    "worker killed": (
        "작업 프로세스가 강제로 끝났습니다(메모리 부족일 수 있습니다). --workers 를 {count}보다 줄이고 --resume 으로 이어서 하세요.",
        "A worker process was killed, out of memory perhaps. Use fewer --workers than {count} and go on with --resume.",
    ),
    "server gone": (
        "서버가 응답하지 않습니다: {reason} 끝난 파일은 남아 있습니다. 서버를 다시 켜고 --resume 으로 이어서 하세요.",
        "The server is gone: {reason} Finished files are kept; start it again and go on with --resume.",
    ),
    "store gone": (
        "저장소를 쓸 수 없습니다: {reason} 끝난 파일은 남아 있습니다. 같은 명령으로 이어서 하세요.",
        "A store is gone: {reason} Finished files are kept; go on with the same command.",
    ),
    "shared": (
        "{pages:,}쪽 · {seconds:,.0f}초 · {rate:.2f}쪽/초 · 작업자 {actors:,}개",
        "{pages:,} pages in {seconds:,.0f} s · {rate:.2f} pages/s · {actors:,} actors",
    ),
    "waiting for cores": (
        "클러스터 {address} 에 빈 코어가 없어 기다립니다. 멈추려면 Ctrl-C.",
        "No core of the cluster {address} is free; waiting for one. Ctrl-C ends it.",
    ),
    "records not understood": (
        "{place}/finished 에서 이해할 수 없는 {count:,}줄은 건너뛰었습니다. 그 파일은 다시 읽습니다.",
        "{count:,} lines of {place}/finished were not understood; their files are read again.",
    ),
    "no output folder": (
        "출력 폴더에 쓸 수 없습니다: {path}: {reason}. 쓸 수 있는 폴더를 -o 로 지정하세요.",
        "The output folder has to be writable. Received: {path}: {reason}. Name another with -o.",
    ),
    "full": (
        "더 쓸 수 없습니다: {reason}. 끝난 파일은 남아 있습니다. 자리를 만들고 --resume 으로 이어서 하세요.",
        "Nothing more can be written: {reason}. Finished files are kept; make room and go on with --resume.",
    ),
}


def say(key, **values):
    """The message in the language of the system."""
    return MESSAGES[key][0 if speaks_korean() else 1].format(**values)


def speaks_korean():
    """True where the language of messages is Korean: LC_ALL, LC_MESSAGES, LANG in this order, or Windows' own setting."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if os.environ.get(name):
            return os.environ[name].lower().startswith(("ko", "korean"))
    return (locale.getlocale()[0] or "").lower().startswith(("ko", "korean"))
