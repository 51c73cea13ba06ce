"""A client that we did not write, python-jenkins from PyPI, works a served simulation and looks at what came of it.

Environment: PEER_URL, PEER_USER, PEER_TOKEN. Prints one line for each step and `all well` at the end; any assertion ends it
with an exit code.
"""

import os
import time

import jenkins

server = jenkins.Jenkins(
    os.environ["PEER_URL"], username=os.environ["PEER_USER"], password=os.environ["PEER_TOKEN"], timeout=20
)


def step(text):
    print(text, flush=True)


def until(what, test, seconds=30):
    """Waits for a state, not for a time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = test()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError(f"never came: {what}")


who = server.get_whoami()
assert who["fullName"], who
version = server.get_version()
assert version.startswith("2."), version
step(f"get_whoami, get_version: {who['fullName']} on {version}")

info = server.get_info()
jobs = {job["name"] for job in info["jobs"]}
assert {"tvm-cpu", "tvm-gpu", "infra", "docker-images-nightly"} <= jobs, jobs
assert info["quietingDown"] is False
assert len(server.get_all_jobs()) > len(jobs), "branches and folders' jobs are below"
assert server.jobs_count() > 20
step(f"get_info, get_all_jobs: {len(jobs)} jobs at the top")

nodes = {node["name"]: node["offline"] for node in server.get_nodes()}
assert nodes["gpu-1"] is False and nodes["gpu-3"] is True, nodes
assert any(name.startswith("i-0") for name in nodes), nodes
assert server.node_exists("gpu-1") and not server.node_exists("no-such-node")
step(f"get_nodes: {len(nodes)}")

server.disable_node("gpu-1", "python-jenkins was here")
gone = server.get_node_info("gpu-1", depth=1)
assert gone["offline"] and gone["temporarilyOffline"], gone
assert gone["offlineCauseReason"] == "python-jenkins was here", gone["offlineCauseReason"]
server.enable_node("gpu-1")
assert server.get_node_info("gpu-1")["offline"] is False
step("disable_node, enable_node")

config = server.get_node_config("cpu-1")
assert "<label>" in config, config
server.reconfig_node("cpu-1", config.replace("<label>", "<label>peer-proof "))
labels = {label["name"] for label in server.get_node_info("cpu-1")["assignedLabels"]}
assert "peer-proof" in labels, labels
step("get_node_config, reconfig_node")

item = server.build_job("infra/terraform-plan", token=None)
queued = server.get_queue_item(item)
assert queued["task"]["name"] == "terraform-plan", queued
assert item in {entry["id"] for entry in server.get_queue_info()}
server.cancel_queue(item)
assert server.get_queue_item(item).get("cancelled") is True
step(f"build_job, get_queue_info, cancel_queue: item {item}")

item = server.build_job("docker-images-nightly", {"TAG": "peer", "IMAGE": "gpu"})
assert "TAG=peer" in server.get_queue_item(item)["params"]
server.cancel_queue(item)
try:
    server.build_job("docker-images-nightly", {"IMAGE": "no-such-image"})
    raise AssertionError("a bad choice was taken")
except jenkins.JenkinsException:
    pass
step("build_job with parameters")

# A job that has its node for itself runs at once, and is stopped.
item = server.build_job("name with spaces + ümlaut")
server.cancel_queue(item)
running = until("a running build", server.get_running_builds)
build = running[0]
assert build["number"] > 0, build
name = "docs-serial"
number = server.get_job_info(name)["lastBuild"]["number"]
assert server.get_build_info(name, number)["building"] is True
assert "Started by user CI Admin" in server.get_build_console_output(name, number)
server.stop_build(name, number)
assert server.get_build_info(name, number)["result"] == "ABORTED"
step(f"get_running_builds, get_build_info, get_build_console_output, stop_build: {name} #{number}")

server.disable_job("nightly-bench")
assert server.get_job_info("nightly-bench")["buildable"] is False
server.enable_job("nightly-bench")
assert server.get_job_info("nightly-bench")["buildable"] is True
step("disable_job, enable_job")

server.quiet_down()
assert server.get_info()["quietingDown"] is True
waiting = [entry for entry in server.get_queue_info() if entry["buildable"]]
assert waiting and all(entry["why"] == "Jenkins is about to shut down" for entry in waiting), waiting
server.jenkins_open(jenkins.requests.Request("POST", os.environ["PEER_URL"] + "cancelQuietDown"))
assert server.get_info()["quietingDown"] is False
step("quiet_down")

for wrong in (lambda: server.get_job_info("no-such-job"), lambda: server.get_node_info("no-such-node")):
    try:
        wrong()
        raise AssertionError("found what is not there")
    except jenkins.JenkinsException:
        pass

stranger = jenkins.Jenkins(os.environ["PEER_URL"], username=os.environ["PEER_USER"], password="wrong", timeout=20)
try:
    stranger.get_info()
    raise AssertionError("a wrong token was taken")
except jenkins.JenkinsException as error:
    assert "401" in str(error), error
step("what is wrong is refused")

print("all well", flush=True)
