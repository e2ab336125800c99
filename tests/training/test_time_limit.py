from types import SimpleNamespace

from ocr_crnn.training import time_limit
from ocr_crnn.training.time_limit import TimeLimit


def test_the_training_ends_after_its_minutes_over_all_calls(monkeypatch, capsys):
    now = [100.0]
    monkeypatch.setattr(time_limit.time, "monotonic", lambda: now[0])
    limit = TimeLimit(1)
    limit.set_model(SimpleNamespace(stop_training=False))
    limit.on_train_begin()
    now[0] += 40
    limit.on_train_batch_end(0)
    assert not limit.model.stop_training and limit.spent_s == 40
    now[0] += 1000  # between two calls
    limit.on_train_begin()
    now[0] += 20
    limit.on_train_batch_end(1)
    endless = TimeLimit(None)
    endless.on_train_begin()
    endless.on_train_batch_end(0)
    assert limit.model.stop_training and "--minutes 1 are over" in capsys.readouterr().out
