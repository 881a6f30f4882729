/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's names for a header that user space has from libxen-dev. */
#include <stdint.h>
#include <string.h>
#include <xen/io/netif.h>

#define xen_netif_tx_request	netif_tx_request
#define xen_netif_tx_response	netif_tx_response
#define xen_netif_rx_request	netif_rx_request
#define xen_netif_rx_response	netif_rx_response
#define xen_netif_extra_info	netif_extra_info
#define xen_netif_tx_sring	netif_tx_sring

#define XEN_NETTXF_csum_blank		NETTXF_csum_blank
#define XEN_NETTXF_data_validated	NETTXF_data_validated
#define XEN_NETTXF_more_data		NETTXF_more_data
#define XEN_NETTXF_extra_info		NETTXF_extra_info
#define XEN_NETRXF_csum_blank		NETRXF_csum_blank
#define XEN_NETRXF_data_validated	NETRXF_data_validated
#define XEN_NETRXF_more_data		NETRXF_more_data
#define XEN_NETRXF_extra_info		NETRXF_extra_info
