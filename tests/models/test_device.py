import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from reranklab.errors import Cancelled, DeviceError
from reranklab.models.device import Device, FairLock, device_lock, list_devices, resolve_device


def test_cpu_comes_first_and_absent_devices_say_why() -> None:
    devices = list_devices()
    assert (devices[0].id, devices[0].available) == ("cpu", True)
    assert "cores" in devices[0].name
    kinds = {device.id.split(":")[0] for device in devices}
    assert kinds == {"cpu", "cuda", "mps"}
    for device in devices:
        assert bool(device.reason) != device.available


def test_an_absent_device_is_an_error_with_the_reason() -> None:
    absent = [device for device in list_devices() if not device.available]
    assert absent
    for device in absent:
        with pytest.raises(DeviceError) as caught:
            resolve_device(device.id)
        assert device.reason in str(caught.value)


def test_an_available_device_is_found_by_its_id() -> None:
    for device in list_devices():
        if device.available:
            assert resolve_device(device.id) == device


@pytest.mark.parametrize("name", ["tpu", "CPU", "cuda:99", "", "cuda:x"])
def test_an_unknown_device_is_an_error_with_the_known_ones(name: str) -> None:
    with pytest.raises(DeviceError, match="cpu"):
        resolve_device(name)


def test_cuda_means_the_first_one(monkeypatch: pytest.MonkeyPatch) -> None:
    gpu = Device(id="cuda:0", name="a GPU")
    monkeypatch.setattr("reranklab.models.device.list_devices", lambda: (resolve_device("cpu"), gpu))
    assert resolve_device("cuda") == gpu


def test_one_lock_for_each_device() -> None:
    assert device_lock("cpu") is device_lock("cpu")
    assert device_lock("cpu") is not device_lock("cuda:0")


def test_the_lock_serves_in_the_order_of_arrival() -> None:
    lock = FairLock()
    served: list[int] = []

    def take(number: int) -> None:
        with lock.hold():
            served.append(number)

    threads = []
    with lock.hold():
        for number in range(8):
            threads.append(threading.Thread(target=take, args=(number,)))
            threads[-1].start()
            while len(lock._waiting) < number + 2:
                threading.Event().wait(0.001)
        assert served == []
    for thread in threads:
        thread.join()
    assert served == list(range(8))


def test_who_takes_the_lock_again_and_again_waits_for_the_others() -> None:
    """threading.Lock would let the loop starve the other thread."""
    lock = FairLock()
    served: list[str] = []
    held = threading.Event()

    def loop() -> None:
        for turn in range(20):
            with lock.hold():
                held.set()
                while turn == 0 and len(lock._waiting) < 2:
                    threading.Event().wait(0.001)
                served.append("loop")

    thread = threading.Thread(target=loop)
    thread.start()
    held.wait()
    with lock.hold():
        served.append("other")
    thread.join()
    assert served.index("other") == 1


def test_who_waits_can_stop_and_the_others_keep_their_order() -> None:
    lock, cancel = FairLock(), threading.Event()
    served: list[str] = []

    def take(name: str, signal: threading.Event | None) -> None:
        with lock.hold(signal):
            served.append(name)

    with ThreadPoolExecutor(2) as pool, lock.hold():
        first = pool.submit(take, "first", cancel)
        while len(lock._waiting) < 2:
            threading.Event().wait(0.001)
        second = pool.submit(take, "second", threading.Event())
        cancel.set()
        with pytest.raises(Cancelled):
            first.result(timeout=60)
        assert served == []
    second.result(timeout=60)
    assert served == ["second"]


def test_an_error_inside_gives_the_lock_back() -> None:
    lock = FairLock()
    with pytest.raises(ValueError, match="broken"), lock.hold():
        raise ValueError("broken")
    with lock.hold():
        pass
