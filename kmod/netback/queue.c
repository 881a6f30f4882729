// SPDX-License-Identifier: GPL-2.0-only
/* Queues: made before they are put in place, freed after they were taken out. */
#include <linux/cgroup.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>

#include "base/host_limit.h"
#include "domain/domain.h"
#include "netback/internal.h"

/* The rings' pages, and one each of the guest's packets. */
#define MAX_PINS	8

/* Each has a thread of the kernel's, which no limit of its maker's counts. */
static unsigned int max_vif_queues = 8192;
module_param(max_vif_queues, uint, 0644);
MODULE_PARM_DESC(max_vif_queues,
		 "most queues of network interfaces of all domains together, each a kernel thread (default: 8192)");

static atomic_t nr_queues;	/* that were not freed yet */

/**
 * net_queue_kick() - there may be something to do for the thread
 * @q: queue
 *
 * Context: any but NMI, also under raw locks.
 */
void net_queue_kick(struct net_queue *q)
{
	WRITE_ONCE(q->kicked, true);
	wake_up_process(q->task);
}

/* In an interrupt, from which NAPI can be scheduled. */
static void kick_napi(struct irq_work *work)
{
	struct net_queue *q = container_of(work, struct net_queue, kick);

	/* Pairs with put_in_place(). */
	if (smp_load_acquire(&q->live))
		napi_schedule(&q->napi);
}

/* The guest's events.  Under the channel's raw lock. */
static void sent(struct xlhv_evtchn *host)
{
	struct net_queue *q = container_of(host, struct net_queue, tx_host);

	irq_work_queue(&q->kick);
	if (!q->split && READ_ONCE(q->want_room))
		net_queue_kick(q);
}

static void has_room(struct xlhv_evtchn *host)
{
	net_queue_kick(container_of(host, struct net_queue, rx_host));
}

/* Send the guest an event. */
void net_queue_event(struct net_queue *q, struct xlhv_evtchn *host)
{
	if (!xlhv_evtchn_send(host))
		net_count(q->vif, events, 1);
}

/**
 * net_queue_break() - the guest did what cannot be: it is disconnected
 * @q: queue; takes nothing more
 * @what: it did
 *
 * Context: any but NMI.
 */
void net_queue_break(struct net_queue *q, const char *what)
{
	struct net_vif *vif = q->vif;

	WRITE_ONCE(q->broken, true);
	if (xchg(&vif->broken, true))
		return;
	dom_warn(vif->domain, "vif %u queue %u: %s: disconnected\n", vif->index, q->nr, what);
	queue_work(net_work, &vif->cut);
}

/*
 * A host that always has another packet, or a guest that always has another event, never lets the
 * thread sleep: others have their turn, and grace periods of tasks, which wait for a sleep or
 * for this, come to an end.
 */
void net_queue_breathe(void)
{
	cond_resched_tasks_rcu_qs();
}

/* In the thread; a kick does not end it. */
void net_queue_nap(void)
{
	unsigned long until = jiffies + NET_NAP;

	while (time_before(jiffies, until) && !kthread_should_stop())
		schedule_timeout_idle(until - jiffies);
}

static int thread(void *data)
{
	struct net_queue *q = data;
	long timeout;

	while (!kthread_should_stop()) {
		WRITE_ONCE(q->kicked, false);
		smp_mb();	/* what is kicked after this is not lost */
		net_send_help(q);
		timeout = net_receive(q);
		/* Set before the look: who kicks after that wakes the thread. */
		set_current_state(TASK_IDLE);
		if (!READ_ONCE(q->kicked) && !kthread_should_stop())
			schedule_timeout(timeout);
		__set_current_state(TASK_RUNNING);
		net_queue_breathe();
	}
	return 0;
}

static int map_ring(struct net_queue *q, u32 ref, u32 size, struct gnttab_pin *pin,
		    struct shared_ring *r, u32 *cons)
{
	int err = xlhv_gnttab_get(&q->grants, ref, XLHV_GNTTAB_WRITE | XLHV_GNTTAB_SLEEP, pin);

	if (err)
		return err;
	shared_ring_init(r, page_address(pin->page), NET_PAGE, size);
	return shared_ring_begin(r, cons);
}

static int make_thread(struct net_queue *q, const struct xlhv_vif_queue *how)
{
	struct domain *d = q->vif->domain;
	struct task_struct *task;
	int err;

	task = kthread_create(thread, q, "xlhv/%u/n%u.%u", d->domid, q->vif->index, q->nr);
	if (IS_ERR(task))
		return PTR_ERR(task);
	/* It may have been stopped before it has run, and is looked at after its end. */
	get_task_struct(task);
	q->task = task;
	/* What the caller's groups may do is what the thread may do. */
	err = cgroup_attach_task_all(current, task);
	if (!err)
		err = xlhv_evtchn_bind(d, how->tx_port, &q->tx_host, sent);
	if (!err && q->split)
		err = xlhv_evtchn_bind(d, how->rx_port, &q->rx_host, has_room);
	/* A thread that never ran counts as one that hangs. */
	if (!err)
		net_queue_kick(q);
	return err;
}

/**
 * net_queue_free() - as if it had never been
 * @q: not in place, or not any more since a grace period; may be made in part
 *
 * Context: may sleep.
 */
void net_queue_free(struct net_queue *q)
{
	struct domain *d = q->vif->domain;

	/* After these nobody kicks, then nobody is kicked. */
	xlhv_evtchn_close(&q->tx_host);
	xlhv_evtchn_close(&q->rx_host);
	irq_work_sync(&q->kick);
	if (q->task) {
		kthread_stop(q->task);
		put_task_struct(q->task);
	}
	net_receive_drop(q);
	if (q->tx_page.page)
		xlhv_gnttab_put(&q->grants, &q->tx_page);
	if (q->rx_page.page)
		xlhv_gnttab_put(&q->grants, &q->rx_page);
	xlhv_gnttab_close(&q->grants);
	kvfree(q);
	atomic64_sub(sizeof(*q), &d->net.bytes);
	host_limit_put(&nr_queues);
}

/**
 * net_queue_make() - a queue, not in place yet
 * @vif: of the interface
 * @nr: its number
 * @how: of the caller
 * @text: XLHV_TEXT_LEN bytes for what was wrong
 *
 * Context: the domain is entered; may sleep.
 * Return: the queue, or ERR_PTR().
 */
struct net_queue *net_queue_make(struct net_vif *vif, unsigned int nr,
				 const struct xlhv_vif_queue *how, char *text)
{
	unsigned int most = READ_ONCE(max_vif_queues);
	struct net_queue *q;
	int err;

	if (!host_limit_get(&nr_queues, most)) {
		scnprintf(text, XLHV_TEXT_LEN,
			  "there are %u queues of vifs on this host (module parameter max_vif_queues)",
			  most);
		return ERR_PTR(-ENOSPC);
	}
	q = dom_zalloc(vif->domain, sizeof(*q));
	if (!q) {
		host_limit_put(&nr_queues);
		return ERR_PTR(-ENOMEM);
	}
	atomic64_add(sizeof(*q), &vif->domain->net.bytes);
	q->vif = vif;
	q->nr = nr;
	q->split = how->tx_port != how->rx_port;
	skb_queue_head_init(&q->waiting);
	/* In an interrupt on a real-time kernel, too: when that ends, NAPI is looked for. */
	q->kick = IRQ_WORK_INIT_HARD(kick_napi);
	xlhv_gnttab_open(&q->grants, vif->domain, 0, MAX_PINS);
	err = map_ring(q, how->tx_ref, NET_TX_ENTRY, &q->tx_page, &q->tx, &q->tx_cons);
	if (!err)
		err = map_ring(q, how->rx_ref, NET_RX_ENTRY, &q->rx_page, &q->rx, &q->rx_cons);
	q->rx_pushed = q->rx_cons;
	if (!err)
		err = make_thread(q, how);
	if (err) {
		net_queue_free(q);
		return ERR_PTR(err);
	}
	return q;
}
